#include "tse/estimate/fitted.h"

#include "tse/estimate/blend.h"
#include "tse/estimate/lcsvr.h"

namespace tse {

const Registry<std::shared_ptr<const FittedEstimator>>& fitted_estimators() {
  using Product = std::shared_ptr<const FittedEstimator>;
  static const Registry<Product> registry(
      "fitted estimator",
      {line_with<Product, Lcsvr::Settings>(
           "estimator", "lcsvr", "support-vector regression on validation curves (arXiv 1705.10823)",
           [](const Lcsvr::Settings& settings) { return std::make_shared<const Lcsvr>(settings); }),
       {.name = "blend",
        .summary = "training speed with a zero-cost score, weighted by the epochs seen (our own)",
        .make = [](const Spec& spec) -> Product { return std::make_shared<const Blend>(make_blend(spec)); },
        .options_help =
            [] {
              Blend::Settings settings;
              return describe(settings.options());
            }}});
  return registry;
}

}  // namespace tse
