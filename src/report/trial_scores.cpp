#include "tse/report/trial_scores.h"

#include "tse/base/missing.h"
#include "tse/estimate/column.h"
#include "tse/trial/zero_cost.h"

namespace tse {

Predictor make_predictor(const std::string& name) {
  if (is_zero_cost(name)) return std::make_shared<Column>(Column::Settings{.name = name});
  return make_estimator(name);
}

void with_record(const Trial& trial, std::int64_t params, std::int64_t macs,
                 const std::function<void(const Record&)>& use) {
  const Curves curves = curves_of(trial.trace);
  Columns columns = {{"params", {static_cast<double>(params)}}, {"macs", {static_cast<double>(macs)}}};
  for (const StaticScore& score : trial.trace.scores) columns[score.name] = {score.value};
  Record record = record_of(trial.trace, curves);
  record.schedule_epochs = trial.job.recipe.schedule_epochs;
  record.columns = &columns;
  use(record);
}

double score_of(const Trial& trial, std::int64_t params, std::int64_t macs, const Predictor& predictor) {
  const bool nothing = trial.state != TrialState::finished || trial.trace.status == TraceStatus::failed;
  double score = kMissing;
  if (!nothing) {
    with_record(trial, params, macs,
                [&](const Record& record) { score = predictor->score(record, trial.job.budget.epochs); });
  }
  return score;
}

}  // namespace tse
