#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tse/search/searcher.h"

namespace tse {

/// Bayesian optimisation by a Gaussian process over graphs (NAS-BOWL, Ru et al. 2021, arXiv 2006.07556): the normalised
/// Weisfeiler-Lehman kernel of the drawn cells, its depth and the noise by the marginal likelihood, expected
/// improvement over the observed score of the architecture with the best posterior mean. Each proposal is the best of a
/// pool, half of it mutations of the ten best observed, half random, none asked for before. Scores enter by their
/// normal scores (ranks through the inverse normal distribution function), so any objective will do, and what diverged
/// is worst. Unlike the published algorithm it proposes one architecture at a time; those that are asked for and not
/// yet told count with their posterior means.
class GaussianProcess final : public Searcher {
 public:
  struct Settings {
    int startup = 10;
    int pool = 200;

    Options options();
  };

  GaussianProcess(const Settings& settings, Domain domain, std::uint64_t seed);
  ~GaussianProcess() override;
  std::optional<Arch> ask() override;
  void tell(const Observation& observation) override;

 private:
  struct Model;

  std::vector<Arch> pool();
  std::optional<Arch> propose();

  Settings settings_;
  Domain domain_;
  Stream random_;
  int asked_ = 0;
  std::set<std::string> seen_;
  std::vector<Observation> told_;
  std::vector<Arch> pending_;  // asked for and not told
  std::unique_ptr<Model> model_;
};

}  // namespace tse
