#pragma once

#include <vector>

#include "tse/search/searcher.h"

namespace tse {

/// NSGA-II (Deb et al. 2002, doi:10.1109/4235.996017) for several objectives: the population is filled with uniform
/// draws; each generation of as many children is bred from the best of parents and children together, by front and then
/// crowding. Two binary tournaments choose two parents, each place takes the option of one of them (uniform crossover),
/// and one place mutates. In a space without choices a child is a mutation of one parent. No architecture is asked for
/// twice while breeding finds new ones. Results that come after a generation has begun count from the next one on.
class Nsga2 final : public Searcher {
 public:
  struct Settings {
    int population = 50;

    Options options();
  };

  Nsga2(const Settings& settings, Domain domain, std::uint64_t seed);
  std::optional<Arch> ask() override;
  void tell(const Observation& observation) override;

 private:
  struct Member {
    Observation observation;
    int front = 0;
    double crowding = 0;
  };

  void begin_generation();
  const Member& tournament();
  std::optional<Arch> child();

  Settings settings_;
  Domain domain_;
  Stream random_;
  int asked_ = 0;
  std::set<std::string> seen_;
  std::vector<Member> parents_;
  std::vector<Observation> arrived_;  // since the generation began
};

}  // namespace tse
