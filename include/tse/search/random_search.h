#pragma once

#include <set>
#include <string>

#include "tse/search/searcher.h"

namespace tse {

/// Random search: uniform over the domain, each architecture once. `repeat` draws with replacement, as the paper's
/// comparison does (arXiv 2006.04492, Fig. 4).
class RandomSearch final : public Searcher {
 public:
  struct Settings {
    bool repeat = false;

    Options options();
  };

  RandomSearch(const Settings& settings, Domain domain, std::uint64_t seed);
  std::optional<Arch> ask() override;
  void tell(const Observation& observation) override;

 private:
  Settings settings_;
  Domain domain_;
  Stream random_;
  std::set<std::string> asked_;
};

}  // namespace tse
