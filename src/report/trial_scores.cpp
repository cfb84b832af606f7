#include "tse/report/trial_scores.h"

#include "tse/base/missing.h"
#include "tse/estimate/column.h"
#include "tse/trial/zero_cost.h"

namespace tse {

Predictor make_predictor(const std::string& name) {
  if (is_zero_cost(name)) return std::make_shared<Column>(Column::Settings{.name = name});
  return make_estimator(name);
}

std::vector<double> scores_of(const Trial& trial, std::int64_t params, std::int64_t macs,
                              const std::vector<Predictor>& predictors) {
  const Curves curves = curves_of(trial.trace);
  Columns columns = {{"params", {static_cast<double>(params)}}, {"macs", {static_cast<double>(macs)}}};
  for (const StaticScore& score : trial.trace.scores) columns[score.name] = {score.value};
  Record record = record_of(trial.trace, curves);
  record.columns = &columns;
  const bool nothing = trial.state != TrialState::finished || trial.trace.status == TraceStatus::failed;
  std::vector<double> scores;
  for (const auto& predictor : predictors)
    scores.push_back(nothing ? kMissing : predictor->score(record, trial.job.budget.epochs));
  return scores;
}

}  // namespace tse
