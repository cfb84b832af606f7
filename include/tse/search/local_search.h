#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tse/search/searcher.h"

namespace tse {

/// Local search by first improvement (White et al. 2020, arXiv 2005.02960, whose comparisons it leads on
/// NAS-Bench-201): from a random architecture through its neighbours in random order to the first that is better, until
/// none is; then from another random one. No architecture is asked for twice: a neighbour that is known already counts
/// with the score it has.
class LocalSearch final : public Searcher {
 public:
  struct Settings {
    Options options() { return {}; }
  };

  LocalSearch(const Settings& settings, Domain domain, std::uint64_t seed);
  std::optional<Arch> ask() override;
  void tell(const Observation& observation) override;

 private:
  void start_from(const Arch& arch);
  std::optional<Arch> next_neighbour();
  double score_of(const std::string& arch) const;

  Domain domain_;
  Stream random_;
  std::set<std::string> asked_;
  std::map<std::string, double> known_;
  std::optional<Arch> here_;     // of the present descent
  std::vector<Arch> around_;     // its neighbours in the order they are tried
  std::size_t tried_ = 0;        // of them
  std::set<std::string> waits_;  // neighbours of here_ that were asked for and are not known yet
  std::deque<Arch> starts_;      // drawn, told, and not begun from
  std::set<std::string> drawn_;  // as starts, and not yet told
};

}  // namespace tse
