#include "tse/estimate/estimator.h"

#include "tse/estimate/train_loss_minibatch.h"
#include "tse/estimate/tse.h"
#include "tse/estimate/tse_e.h"
#include "tse/estimate/tse_ema.h"

namespace tse {
namespace {

using Line = Entry<std::shared_ptr<const Estimator>>;

template <class Kind>
Line line(const std::string& name, const std::string& summary) {
  const auto make = [name](const Spec& spec) -> std::shared_ptr<const Estimator> {
    typename Kind::Settings settings;
    assign(settings.options(), spec, "estimator " + name);
    return std::make_shared<const Kind>(settings);
  };
  const auto help = [] {
    typename Kind::Settings settings;
    return describe(settings.options());
  };
  return {.name = name, .summary = summary, .make = make, .options_help = help};
}

}  // namespace

const Registry<std::shared_ptr<const Estimator>>& estimators() {
  static const Registry<std::shared_ptr<const Estimator>> registry(
      "estimator",
      {
          line<Tse>("tse", "sum of the training losses so far (arXiv 2006.04492)"),
          line<TseE>("tse-e", "sum of the last epochs' training losses (arXiv 2006.04492)"),
          line<TseEma>("tse-ema", "moving average of the training losses, by the authors' code (rubinxin/TSE)"),
          line<TseEmaPaper>("tse-ema-paper", "decaying sum of the training losses, by the paper (arXiv 2006.04492)"),
          line<TseEmaNaslib>("tse-ema-naslib", "sum of moving averages of the training losses, as in NASLib"),
          line<TrainLossMinibatch>("train-loss-minibatch", "loss of one mini-batch, TLmini (arXiv 2006.04492)"),
      });
  return registry;
}

std::shared_ptr<const Estimator> make_estimator(std::string_view text) { return estimators().make(text); }

}  // namespace tse
