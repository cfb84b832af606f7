#pragma once

#include <vector>

#include "tse/search/searcher.h"

namespace tse {

/// The tree-structured Parzen estimator (Bergstra et al. 2011) over one categorical variable per place, with the
/// published behaviour of hyperopt 0.2: `startup` random draws; then, of N results, the best min(ceil(gamma sqrt N),
/// 25) are "below"; for every place on its own `candidates` options are drawn from the density l of those below, and
/// the one with the greatest l/g is taken, g the density of the others. A density is the weighted count of each option
/// plus `prior`; the newest 25 results weigh 1, older ones from 1/n linearly up. Architectures may come again unless
/// `repeat` is off: then places are drawn anew until the architecture is new, a hundred times at most.
class Tpe final : public Searcher {
 public:
  struct Settings {
    int startup = 20;
    int candidates = 24;
    double gamma = 0.25;
    double prior = 1;
    bool repeat = true;
    bool multivariate = false;

    Options options();
  };

  /// UsageError where the space states no choices.
  Tpe(const Settings& settings, Domain domain, std::uint64_t seed);
  std::optional<Arch> ask() override;
  void tell(const Observation& observation) override;

  /// For each place the probabilities of its options among the results below and among the others.
  struct Densities {
    std::vector<std::vector<double>> below;
    std::vector<std::vector<double>> above;
  };
  Densities densities() const;

 private:
  std::vector<bool> below() const;  // which results are
  Picks propose(const Densities& densities);
  bool may_propose(const Arch& arch) const;
  std::optional<Arch> propose();
  std::optional<Arch> propose_jointly();

  Settings settings_;
  Domain domain_;
  Stream random_;
  int asked_ = 0;
  std::set<std::string> seen_;
  std::vector<Picks> picks_;  // told, in their order
  std::vector<double> scores_;
};

/// The weights of n results in the order they came: hyperopt's linear forgetting with 25.
std::vector<double> forgetting_weights(std::size_t n);

}  // namespace tse
