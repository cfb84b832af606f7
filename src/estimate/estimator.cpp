#include "tse/estimate/estimator.h"

#include "tse/estimate/column.h"
#include "tse/estimate/train_loss_minibatch.h"
#include "tse/estimate/tse.h"
#include "tse/estimate/tse_e.h"
#include "tse/estimate/tse_ema.h"
#include "tse/estimate/validation.h"

namespace tse {
namespace {

using Line = Entry<std::shared_ptr<const Estimator>>;

template <class Kind>
Line line(const std::string& name, const std::string& summary) {
  using Settings = typename Kind::Settings;
  return line_with<std::shared_ptr<const Estimator>, Settings>(
      "estimator", name, summary, [](const Settings& settings) { return std::make_shared<const Kind>(settings); });
}

/// A column that everybody knows by its own name.
Line known_column(const std::string& name, const std::string& summary) {
  const auto make = [name](const Spec& spec) -> std::shared_ptr<const Estimator> {
    assign(Options{}, spec, "estimator " + name);
    return std::make_shared<const Column>(Column::Settings{.name = name});
  };
  return {.name = name, .summary = summary, .make = make};
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
          line<ValidLossSum>("valid-loss-sum", "sum of the validation losses so far, SoVL (arXiv 2006.04492)"),
          line<ValidLoss>("valid-loss", "validation loss at the budget"),
          line<ValidAccuracy>("valid-accuracy", "validation accuracy at the budget, VAccES (arXiv 2006.04492)"),
          line<ValidAccuracyFinal>("valid-accuracy-final", "validation accuracy at the end of the whole training"),
          line<ValidLossFinal>("valid-loss-final", "validation loss at the end of the whole training"),
          known_column("params", "parameters of the network, without any training"),
          known_column("macs", "multiply-adds of one image, without any training"),
          line<Column>("column", "a recorded number of that name, without any training"),
      });
  return registry;
}

Option AbscissaOption::option() {
  return {"abscissa", &abscissa, "what T means: T epochs, or T+1 as in the authors' plots",
          one_of({"exact", "published"})};
}

std::vector<double> Estimator::scores(const Record& record, int epochs) const {
  std::vector<double> list;
  for (int t = 1; t <= epochs; ++t) list.push_back(score(record, t));
  return list;
}

double Estimator::score(const Trace& trace, int epochs) const {
  const Curves curves = curves_of(trace);
  return score(record_of(trace, curves), epochs);
}

std::shared_ptr<const Estimator> make_estimator(std::string_view text) { return estimators().make(text); }

}  // namespace tse
