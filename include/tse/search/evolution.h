#pragma once

#include <deque>

#include "tse/search/searcher.h"

namespace tse {

/// Regularised evolution (Real et al. 2019, arXiv 1802.01548) as the paper uses it (arXiv 2006.04492, Fig. 4;
/// rubinxin/TSE): the population is filled with uniform draws; from then on `sample` members are drawn with
/// replacement, the fittest (the first drawn among equals) is the parent, and a child with one mutation is asked for.
/// Each result that is told joins the population and the oldest leaves it. Architectures may come again.
class Evolution final : public Searcher {
 public:
  struct Settings {
    int population = 50;
    int sample = 10;

    Options options();
  };

  Evolution(const Settings& settings, Domain domain, std::uint64_t seed);
  std::optional<Arch> ask() override;
  void tell(const Observation& observation) override;

  /// From the oldest to the youngest.
  const std::deque<Observation>& population() const { return population_; }

 private:
  Settings settings_;
  Domain domain_;
  Stream random_;
  int asked_ = 0;
  std::deque<Observation> population_;
};

}  // namespace tse
