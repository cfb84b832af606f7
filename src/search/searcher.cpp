#include "tse/search/searcher.h"

#include "tse/base/error.h"
#include "tse/search/evolution.h"
#include "tse/search/gaussian_process.h"
#include "tse/search/local_search.h"
#include "tse/search/nsga2.h"
#include "tse/search/random_search.h"
#include "tse/search/tpe.h"

namespace tse {
namespace {

using Line = Entry<std::shared_ptr<const Algorithm>>;

/// A kind of searcher with its settings. All but one look at one score.
template <class Kind>
class Configured final : public Algorithm {
 public:
  Configured(std::string name, const typename Kind::Settings& settings) : name_(std::move(name)), settings_(settings) {}

  std::string spec() const override { return shortest_text(name_, settings_); }

  std::unique_ptr<Searcher> begin(const Domain& domain, std::uint64_t seed, int objectives) const override {
    if (objectives != 1 && !std::is_same_v<Kind, Nsga2> && learns())
      throw UsageError("search " + name_, "expected one objective; got {}: nsga2 searches for several", objectives);
    return std::make_unique<Kind>(settings_, domain, seed);
  }

  bool learns() const override { return !std::is_same_v<Kind, RandomSearch>; }

 private:
  std::string name_;
  typename Kind::Settings settings_;
};

template <class Kind>
Line line(const std::string& name, const std::string& summary) {
  using Settings = typename Kind::Settings;
  return line_with<std::shared_ptr<const Algorithm>, Settings>(
      "search", name, summary,
      [name](const Settings& settings) { return std::make_shared<const Configured<Kind>>(name, settings); });
}

}  // namespace

const Registry<std::shared_ptr<const Algorithm>>& algorithms() {
  static const Registry<std::shared_ptr<const Algorithm>> registry(
      "search algorithm",
      {
          line<RandomSearch>("random", "uniform draws, each architecture once"),
          line<Evolution>("evolution", "regularised evolution (arXiv 1802.01548)"),
          line<LocalSearch>("local", "local search by first improvement, with restarts (arXiv 2005.02960)"),
          line<Tpe>("tpe", "tree-structured Parzen estimator, as hyperopt's (Bergstra et al. 2011)"),
          line<GaussianProcess>("gp", "Gaussian process over graphs, as NAS-BOWL (arXiv 2006.07556)"),
          line<Nsga2>("nsga2", "evolution towards the Pareto front of several objectives (Deb et al. 2002)"),
      });
  return registry;
}

std::shared_ptr<const Algorithm> make_algorithm(std::string_view text) { return algorithms().make(text); }

}  // namespace tse
