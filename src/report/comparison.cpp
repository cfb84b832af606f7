#include "tse/report/comparison.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "contestants.h"
#include "measure.h"
#include "tse/base/error.h"
#include "tse/base/parallel.h"
#include "tse/rank/correlation.h"

namespace tse {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::size_t best_of(const Comparison& comparison, std::size_t budget) {
  std::size_t best = 0;
  const auto value = [&](std::size_t e) {
    const double spearman = comparison.row(budget, e).spearman;
    return std::isnan(spearman) || !can_lead(comparison, budget, e) ? -2 : spearman;
  };
  for (std::size_t e = 1; e < comparison.estimators.size(); ++e)
    if (value(e) > value(best)) best = e;
  return best;
}

/// The row that others at its budget are compared with.
std::size_t reference_of(const Comparison& comparison, std::size_t budget) {
  const auto asked = std::ranges::find(comparison.estimators, comparison.against);
  if (asked == comparison.estimators.end()) return comparison.best[budget];
  return static_cast<std::size_t>(asked - comparison.estimators.begin());
}

/// The places of the best by quality, all that tie with the last of them included.
std::vector<std::size_t> best_places(const std::vector<double>& quality, const std::vector<std::size_t>& places,
                                     double fraction) {
  if (fraction >= 1 || places.empty()) return places;
  std::vector<double> sorted = pick(quality, places);
  std::ranges::sort(sorted, std::greater<>());
  const auto wanted = static_cast<std::size_t>(std::lround(fraction * static_cast<double>(places.size())));
  const double threshold = sorted[std::clamp<std::size_t>(wanted, 1, sorted.size()) - 1];
  std::vector<std::size_t> best;
  for (const std::size_t place : places)
    if (quality[place] >= threshold) best.push_back(place);
  return best;
}

std::vector<int> checked_budgets(const Runs& runs, std::vector<int> budgets, const std::vector<double>& outcomes) {
  const int longest = std::max(runs.epochs(), 1);
  if (budgets.empty()) budgets = log_budgets(std::max(runs.shared_epochs(outcomes), 1));
  std::ranges::sort(budgets);
  budgets.erase(std::ranges::unique(budgets).begin(), budgets.end());
  for (const int budget : {budgets.front(), budgets.back()}) {
    if (budget < 1 || budget > longest)
      throw UsageError(runs.study, "expected epochs in [1, {}], which were recorded; got {}", longest, budget);
  }
  return budgets;
}

void add_notes(Comparison& comparison) {
  if (comparison.trainings == 0) {
    comparison.notes.emplace_back("no training is left to measure");
    return;
  }
  for (std::size_t e = 0; e < comparison.estimators.size(); ++e) {
    int most = 0;
    int least = std::numeric_limits<int>::max();
    for (std::size_t b = 0; b < comparison.budgets.size(); ++b) {
      most = std::max(most, comparison.row(b, e).n);
      least = std::min(least, comparison.row(b, e).n);
    }
    const std::string& name = comparison.estimators[e];
    const bool learns = is_fitted(name);
    if (most == 0) {
      comparison.notes.push_back(fmt::format("{}: no training has what it needs at these budgets{}", name,
                                             learns ? ", or too few for it to learn from" : ""));
    } else if (least < comparison.trainings) {
      const std::string range = least == most ? fmt::format("{}", most) : fmt::format("{} to {}", least, most);
      comparison.notes.push_back(
          fmt::format("{}: measured on {} of the {} trainings{}", name, range, comparison.trainings,
                      learns ? "; it learns from others, and cannot lead" : ", those that have what it needs"));
    }
  }
}

/// What else there is to sum where the training loss is missing.
void add_curve_note(Comparison& comparison, const Runs& runs) {
  if (!comparison.curve.empty() || runs.has(Metric::train_loss)) return;
  for (const Metric metric : {Metric::train_accuracy, Metric::train_error}) {
    if (!runs.has(metric)) continue;
    comparison.notes.push_back(fmt::format(
        "no training loss was recorded; with --curve {} the training-speed estimators sum that", to_text(metric)));
    return;
  }
}

}  // namespace

int most_measured(const Comparison& comparison, std::size_t budget) {
  int most = 0;
  for (std::size_t e = 0; e < comparison.estimators.size(); ++e) most = std::max(most, comparison.row(budget, e).n);
  return most;
}

bool has_varying_trainings(const Comparison& comparison) {
  for (std::size_t b = 1; b < comparison.budgets.size(); ++b)
    if (most_measured(comparison, b) != most_measured(comparison, 0)) return true;
  return false;
}

bool can_lead(const Comparison& comparison, std::size_t budget, std::size_t estimator) {
  constexpr double kNearlyAll = 0.9;
  if (is_reference_line(comparison.estimators[estimator])) return false;
  return comparison.row(budget, estimator).n >= kNearlyAll * most_measured(comparison, budget);
}

bool is_reference_line(std::string_view estimator) {
  return estimator.substr(0, estimator.find(':')).ends_with("-final");
}

std::vector<int> log_budgets(int last) {
  std::vector<int> list;
  for (int power = 1; power <= last; power *= 10) {
    for (const int step : power == 1 ? std::vector{10, 20, 30, 50, 70} : std::vector{10, 15, 20, 30, 50, 70}) {
      const int budget = power * step / 10;
      if (budget < last) list.push_back(budget);
    }
    if (power > last / 10) break;
  }
  list.push_back(last);
  return list;
}

RunOutcome outcome_for(const Runs& runs, const Runs& others) {
  if (!others.outcome) throw UsageError(others.study, "expected a study with an outcome; it has none");
  std::map<std::string, double> values;
  for (std::size_t i = 0; i < others.size(); ++i) values.emplace(others.archs()[i], others.outcome->values[i]);
  return {.name = others.outcome->name,
          .source = fmt::format("the trainings of {}", others.study),
          .lower = others.outcome->lower,
          .values = runs.join(values, kNan, others.study)};
}

Comparison make_comparison(const Runs& all, const ComparisonOptions& options) {
  const Runs runs = options.curve ? all.with_curve(*options.curve) : all;
  const std::optional<RunOutcome> outcome = options.outcome ? options.outcome : runs.outcome;
  if (!outcome) {
    throw UsageError(all.study,
                     "expected an outcome to rank against, and the study has none; name a column (--outcome), a table "
                     "(--truth) or another study (--truth-study). Trainings get one with --test-at-end");
  }
  if (!options.group.empty() && options.groups.size() != runs.size())
    throw UsageError(all.study, "expected a group for each of {} trainings; got {}", runs.size(),
                     options.groups.size());
  // before the rest: what these throw must not leave half of an object behind (GCC 12 would free it twice)
  const std::vector<int> budgets = checked_budgets(runs, options.budgets, outcome->values);
  const auto names = options.estimators.empty() ? default_contestants(runs) : options.estimators;
  const auto effective = options.effective ? std::optional(effective_budget(all, *options.effective)) : std::nullopt;
  if (names.empty()) {
    throw UsageError(all.study,
                     "expected something to compare; no training losses, validation curves or scores were recorded. "
                     "--curve takes another metric for the loss, --estimators any column ({})",
                     fmt::join(all.column_names(), ", "));
  }
  Comparison comparison{
      .study = all.study,
      .facts = all.facts,
      .outcome = {.name = outcome->name, .source = outcome->source, .lower = outcome->lower, .values = {}},
      .curve = options.curve ? std::string(to_text(*options.curve)) : "",
      .at_least = options.at_least,
      .top_fraction = options.top_fraction,
      .end = runs.schedule_epochs,
      .k = options.k,
      .estimators = names,
      .budgets = budgets,
      .against = options.against,
      .bootstrap = options.bootstrap,
      .best = {},
      .rows = {},
      .group = options.group,
      .group_rows = {},
      .effective = effective,
      .archs = {},
      .outcomes = {},
      .scores = {},
      .notes = {}};
  if (!options.against.empty() &&
      std::ranges::find(comparison.estimators, options.against) == comparison.estimators.end())
    comparison.estimators.push_back(options.against);

  Arena arena;
  const double sign = outcome->lower ? -1 : 1;
  const double least = options.at_least ? sign * *options.at_least : -std::numeric_limits<double>::infinity();
  std::vector<std::size_t> known;
  std::vector<std::size_t> good_enough;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    arena.quality.push_back(sign * outcome->values.at(i));
    if (!std::isnan(arena.quality.back())) known.push_back(i);
    if (arena.quality.back() >= least) good_enough.push_back(i);
  }
  arena.measured = best_places(arena.quality, good_enough, options.top_fraction);
  arena.quality_codes = order_codes(pick(arena.quality, arena.measured));
  comparison.trainings = static_cast<int>(arena.measured.size());
  comparison.left_out = static_cast<int>(runs.size() - known.size() + runs.left_out);
  for (const std::string& name : comparison.estimators)
    arena.contestants.push_back(make_contestant(name, runs, comparison.budgets, options.threads));

  const std::size_t contestants = comparison.estimators.size();
  const auto lanes = [&](std::size_t index) -> const Lanes& {
    return arena.contestants[index % contestants].scores[index / contestants];
  };
  comparison.rows.resize(contestants * comparison.budgets.size());
  std::vector<Measured> kept(comparison.rows.size());
  const int rows = static_cast<int>(comparison.rows.size());
  parallel(rows, options.threads, [&](int i) {
    const auto index = static_cast<std::size_t>(i);
    ComparisonRow& row = comparison.rows[index];
    row.estimator = comparison.estimators[index % contestants];
    row.epochs = comparison.budgets[index / contestants];
    measure(row, kept[index], arena, lanes(index), comparison);
  });
  const std::vector<ComparisonRow> before = comparison.rows;
  std::vector<std::size_t> references;
  for (std::size_t b = 0; b < comparison.budgets.size(); ++b) {
    comparison.best.push_back(best_of(comparison, b));
    references.push_back(b * contestants + reference_of(comparison, b));
  }
  parallel(rows, options.threads, [&](int i) {
    const auto index = static_cast<std::size_t>(i);
    const std::size_t reference = references[index / contestants];
    compare(comparison.rows[index], before[reference], kept[index], kept[reference], arena, lanes(index),
            lanes(reference), options.bootstrap);
  });
  if (!options.group.empty()) {
    for (std::size_t index = 0; index < comparison.rows.size(); ++index) {
      comparison.group_rows.push_back(by_group(arena, lanes(index), options.groups, outcome->lower));
      comparison.group_rows.back().estimator = comparison.rows[index].estimator;
      comparison.group_rows.back().epochs = comparison.rows[index].epochs;
    }
  }
  if (options.keep_scores) {
    for (const std::size_t place : arena.measured) comparison.archs.push_back(runs.archs()[place]);
    comparison.outcomes = pick(outcome->values, arena.measured);
    for (std::size_t index = 0; index < comparison.rows.size(); ++index)
      comparison.scores.push_back(pick(mean_lane(lanes(index)), arena.measured));
  }
  add_notes(comparison);
  add_curve_note(comparison, runs);
  return comparison;
}

}  // namespace tse
