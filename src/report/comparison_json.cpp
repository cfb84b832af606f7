#include "tse/report/comparison_json.h"

#include <fmt/format.h>

#include <cmath>

#include "tse/base/csv.h"
#include "tse/report/budget.h"

namespace tse {
namespace {

Json interval_json(const Interval& interval) { return {finite_or_null(interval.low), finite_or_null(interval.high)}; }

Json row_json(const Comparison& comparison, const ComparisonRow& row) {
  return {{"estimator", row.estimator},
          {"epochs", row.epochs},
          {"fraction", comparison.end > 0 ? Json(static_cast<double>(row.epochs) / comparison.end) : Json(nullptr)},
          {"n", row.n},
          {"diverged", row.diverged},
          {"spearman", finite_or_null(row.spearman)},
          {"kendall", finite_or_null(row.kendall)},
          {"ci95", interval_json(row.interval)},
          {fmt::format("top{}_mean_outcome", comparison.k), finite_or_null(row.top_mean_outcome)},
          {"top_overlap", finite_or_null(row.top_overlap)},
          {"regret", finite_or_null(row.top_regret)},
          {"best", row.best},
          {"difference", finite_or_null(row.difference)},
          {"difference_ci95", interval_json(row.difference_interval)}};
}

Json group_json(const GroupRow& row) {
  Json groups = Json::array();
  for (const GroupRow::Group& group : row.groups) {
    groups.push_back({{"group", group.name},
                      {"n", group.n},
                      {"score_mean", finite_or_null(group.score)},
                      {"score_se", finite_or_null(group.score_error)},
                      {"outcome_mean", finite_or_null(group.outcome)},
                      {"outcome_se", finite_or_null(group.outcome_error)}});
  }
  return {{"estimator", row.estimator},
          {"epochs", row.epochs},
          {"spearman", finite_or_null(row.spearman)},
          {"kendall", finite_or_null(row.kendall)},
          {"groups", std::move(groups)}};
}

}  // namespace

Json to_json(const Comparison& comparison) {
  Json object = {{"study", comparison.study},
                 {"facts", comparison.facts},
                 {"outcome", comparison.outcome.name},
                 {"outcome_source", comparison.outcome.source},
                 {"outcome_lower_is_better", comparison.outcome.lower},
                 {"curve", comparison.curve.empty() ? "train_loss" : comparison.curve},
                 {"trainings", comparison.trainings},
                 {"left_out", comparison.left_out},
                 {"at_least", comparison.at_least ? Json(*comparison.at_least) : Json(nullptr)},
                 {"top_fraction", comparison.top_fraction},
                 {"schedule_epochs", comparison.end},
                 {"top_k", comparison.k},
                 {"against", comparison.against.empty() ? "best" : comparison.against},
                 {"bootstrap", {{"resamples", comparison.bootstrap.resamples}, {"seed", comparison.bootstrap.seed}}}};
  Json rows = Json::array();
  for (const ComparisonRow& row : comparison.rows) rows.push_back(row_json(comparison, row));
  object["rows"] = std::move(rows);
  if (!comparison.group.empty()) {
    object["group"] = comparison.group;
    Json groups = Json::array();
    for (const GroupRow& row : comparison.group_rows) groups.push_back(group_json(row));
    object["group_rows"] = std::move(groups);
  }
  if (comparison.effective) object["effective"] = to_json(*comparison.effective);
  object["notes"] = comparison.notes;
  return object;
}

std::string scores_csv(const Comparison& comparison) {
  std::string text = "arch," + csv_cell(comparison.outcome.name);
  for (const ComparisonRow& row : comparison.rows)
    text += "," + csv_cell(fmt::format("{}@{}", row.estimator, row.epochs));
  text += "\n";
  for (std::size_t i = 0; i < comparison.archs.size(); ++i) {
    text += csv_cell(comparison.archs[i]) + "," + csv_cell(comparison.outcomes[i]);
    for (const std::vector<double>& scores : comparison.scores) text += "," + csv_cell(scores[i]);
    text += "\n";
  }
  return text;
}

std::string to_csv(const Comparison& comparison, bool header) {
  std::string text;
  if (header) {
    text = fmt::format(
        "study,estimator,epochs,fraction,n,diverged,spearman,low,high,kendall,top{}_mean_outcome,top_overlap,regret,"
        "difference,difference_low,difference_high\n",
        comparison.k);
  }
  for (const ComparisonRow& row : comparison.rows) {
    const double fraction = comparison.end > 0 ? static_cast<double>(row.epochs) / comparison.end : NAN;
    text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", csv_cell(comparison.study),
                        csv_cell(row.estimator), row.epochs, csv_cell(fraction), row.n, row.diverged,
                        csv_cell(row.spearman), csv_cell(row.interval.low), csv_cell(row.interval.high),
                        csv_cell(row.kendall), csv_cell(row.top_mean_outcome), csv_cell(row.top_overlap),
                        csv_cell(row.top_regret), csv_cell(row.difference), csv_cell(row.difference_interval.low),
                        csv_cell(row.difference_interval.high));
  }
  return text;
}

}  // namespace tse
