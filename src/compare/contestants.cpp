#include "contestants.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <memory>

#include "tse/base/outcome_name.h"
#include "tse/base/parallel.h"
#include "tse/estimate/column.h"
#include "tse/estimate/estimator.h"
#include "tse/estimate/fitted.h"
#include "tse/rank/correlation.h"
#include "tse/trial/zero_cost.h"

namespace tse {
namespace {

using Estimators = std::vector<std::shared_ptr<const Estimator>>;

constexpr std::string_view kAllSteps = "train-loss-minibatch:step=all";
constexpr std::string_view kLower = ":lower";
constexpr int kBlock = 64;  // trainings that a thread takes at once

Estimators one_per_step(const Runs& runs) {
  int steps = 1;
  for (const Record& record : runs.records())
    steps = std::max(steps, std::min(steps_per_epoch(record), static_cast<int>(record.step_loss.size())));
  Estimators list;
  for (int step = 1; step <= steps; ++step)
    list.push_back(make_estimator(fmt::format("train-loss-minibatch:step={}", step)));
  return list;
}

std::shared_ptr<const Estimator> column_named(const std::string& name, const Runs& runs) {
  const std::vector<std::string> columns = runs.column_names();
  const ColumnName asked = parse_column_name(name, columns);
  if (!runs.columns().contains(asked.column)) {
    std::vector<std::string> known = estimators().names();
    for (const std::string& more : fitted_estimators().names()) known.push_back(more);
    for (const std::string& more : columns)
      if (std::ranges::find(known, more) == known.end()) known.push_back(more);
    throw UsageError(runs.study, "{}", unknown_name("estimator or column", name, known));
  }
  return std::make_shared<const Column>(Column::Settings{.name = asked.column, .lower = asked.lower});
}

/// UsageError where it would say nothing of any training.
void expect_columns(const FittedEstimator& fitted, const std::string& name, const Runs& runs) {
  for (const std::string& column : fitted.columns()) {
    if (runs.columns().contains(column)) continue;
    throw UsageError(runs.study,
                     "expected the column '{}', which {} needs; there are {}. --scores adds those of a study of tse "
                     "score, an option of {} takes another",
                     column, name, fmt::join(runs.column_names(), ", "), name.substr(0, name.find(':')));
  }
}

void score_each(Contestant& contestant, const Estimators& list, const Runs& runs, std::span<const int> budgets,
                int threads) {
  const int n = static_cast<int>(runs.size());
  contestant.scores.assign(budgets.size(), std::vector(list.size(), std::vector<double>(runs.size())));
  if (budgets.empty()) return;
  const int longest = *std::ranges::max_element(budgets);
  parallel((n + kBlock - 1) / kBlock, threads, [&](int block) {
    for (int i = block * kBlock; i < std::min(n, (block + 1) * kBlock); ++i) {
      const auto run = static_cast<std::size_t>(i);
      for (std::size_t e = 0; e < list.size(); ++e) {
        const auto scores = list[e]->scores(runs.records()[run], longest);
        for (std::size_t b = 0; b < budgets.size(); ++b)
          contestant.scores[b][e][run] = round_for_ranking(scores[static_cast<std::size_t>(budgets[b]) - 1]);
      }
    }
  });
}

}  // namespace

bool learns_from_others(std::string_view name) {
  return fitted_estimators().knows(name) && fitted_estimators().make(name)->learns();
}

Contestant make_contestant(const std::string& name, const Runs& runs, std::span<const int> budgets, int threads) {
  Contestant contestant{.name = name, .scores = {}};
  if (fitted_estimators().knows(name)) {
    const auto fitted = fitted_estimators().make(name);
    expect_columns(*fitted, name, runs);
    contestant.learns = fitted->learns();
    for (const int budget : budgets) {
      auto scores = fitted->scores(runs.records(), budget, threads);
      for (double& score : scores) score = round_for_ranking(score);
      contestant.scores.push_back({std::move(scores)});
    }
    return contestant;
  }
  const Estimators list = name == kAllSteps                                     ? one_per_step(runs)
                          : estimators().knows(name) && !name.ends_with(kLower) ? Estimators{make_estimator(name)}
                                                                                : Estimators{column_named(name, runs)};
  contestant.sees_the_end = std::ranges::any_of(list, [](const auto& one) { return one->sees_the_end(); });
  score_each(contestant, list, runs, budgets, threads);
  return contestant;
}

std::vector<std::string> default_contestants(const Runs& runs) {
  std::vector<std::string> names;
  const auto any = [&](const auto& wanted) { return std::ranges::any_of(runs.records(), wanted); };
  if (any([](const Record& record) { return !record.step_loss.empty(); }))
    names = {"tse", "tse-e", "tse-ema", "tse-ema-paper", "tse-ema-naslib"};
  if (any([](const Record& record) { return steps_per_epoch(record) > 1; })) names.emplace_back("train-loss-minibatch");
  if (runs.has(Metric::valid_loss)) names.insert(names.end(), {"valid-loss-sum", "valid-loss"});
  if (runs.has(Metric::valid_accuracy) || runs.has(Metric::valid_error)) names.emplace_back("valid-accuracy");
  constexpr std::array kCounts = {"params", "macs"};
  for (const auto& [column, values] : runs.columns())
    if (is_zero_cost(column) && std::ranges::find(kCounts, column) == kCounts.end()) names.push_back(column);
  if (names.size() > 1 && names.front() == "tse" && runs.columns().contains(zero_cost::SynFlow::kName))
    names.emplace_back("blend");
  for (const char* column : kCounts)
    if (runs.columns().contains(column)) names.emplace_back(column);
  return names;
}

}  // namespace tse
