#include "tse/estimate/fitted.h"

#include "tse/estimate/lcsvr.h"

namespace tse {

const Registry<std::shared_ptr<const FittedEstimator>>& fitted_estimators() {
  using Product = std::shared_ptr<const FittedEstimator>;
  static const Registry<Product> registry(
      "fitted estimator", {{.name = "lcsvr",
                            .summary = "support-vector regression on validation curves (arXiv 1705.10823)",
                            .make = [](const Spec& spec) -> Product {
                              Lcsvr::Settings settings;
                              assign(settings.options(), spec, "estimator lcsvr");
                              return std::make_shared<const Lcsvr>(settings);
                            },
                            .options_help =
                                [] {
                                  Lcsvr::Settings settings;
                                  return describe(settings.options());
                                }}});
  return registry;
}

}  // namespace tse
