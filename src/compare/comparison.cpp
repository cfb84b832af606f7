#include "tse/compare/comparison.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "contestants.h"
#include "measure.h"
#include "tse/base/error.h"
#include "tse/base/missing.h"
#include "tse/base/outcome_name.h"
#include "tse/base/parallel.h"
#include "tse/rank/correlation.h"

namespace tse {
namespace {

/// Says of the rows of a budget which may lead, and which do.
void find_best(Comparison& comparison, std::size_t budget, const std::vector<Contestant>& contestants) {
  constexpr double kNearlyAll = 0.9;
  const int most = most_measured(comparison, budget);
  const auto first = comparison.rows.begin() + static_cast<std::ptrdiff_t>(budget * contestants.size());
  double highest = -2;
  for (std::size_t e = 0; e < contestants.size(); ++e) {
    ComparisonRow& row = first[static_cast<std::ptrdiff_t>(e)];
    row.reference_line = contestants[e].sees_the_end;
    row.can_lead = !contestants[e].sees_the_end && !contestants[e].learns && row.n >= kNearlyAll * most;
    if (row.can_lead) highest = std::fmax(highest, row.spearman);
  }
  for (std::size_t e = 0; e < contestants.size(); ++e) {
    ComparisonRow& row = first[static_cast<std::ptrdiff_t>(e)];
    row.best = row.can_lead && row.spearman == highest;
  }
}

/// The place of the one that others at its budget are compared with; nothing where there is none.
std::optional<std::size_t> reference_of(const Comparison& comparison, std::size_t budget) {
  const auto asked = std::ranges::find(comparison.estimators, comparison.against);
  if (asked == comparison.estimators.end()) return leader(comparison, budget);
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

/// Who is measured on what: the trainings that the comparison is about, and the scores of all contestants.
Arena enter(Comparison& comparison, const Runs& runs, const RunOutcome& outcome, int threads) {
  Arena arena;
  const double sign = outcome.lower ? -1 : 1;
  const double least = comparison.at_least ? sign * *comparison.at_least : -std::numeric_limits<double>::infinity();
  std::size_t known = 0;
  std::vector<std::size_t> good_enough;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    arena.quality.push_back(sign * outcome.values.at(i));
    if (!std::isnan(arena.quality.back())) ++known;
    if (arena.quality.back() >= least) good_enough.push_back(i);
  }
  arena.measured = best_places(arena.quality, good_enough, comparison.top_fraction);
  arena.quality_codes = order_codes(pick(arena.quality, arena.measured));
  comparison.trainings = static_cast<int>(arena.measured.size());
  comparison.left_out = static_cast<int>(runs.size() - known + runs.left_out);
  for (const std::string& name : comparison.estimators) {
    arena.contestants.push_back(make_contestant(name, runs, comparison.budgets, threads));
    // the outcome itself is no estimator of it
    if (parse_column_name(name, runs.column_names()).column == outcome.name)
      arena.contestants.back().sees_the_end = true;
  }
  return arena;
}

void add_notes(Comparison& comparison) {
  if (comparison.trainings < 2) {
    comparison.notes.push_back(fmt::format("{} left to measure, and a rank correlation needs two",
                                           comparison.trainings == 0 ? "no training is" : "a single training is"));
    return;
  }
  if (comparison.trainings < kFewestToResample && comparison.bootstrap.resamples > 0)
    comparison.notes.push_back(fmt::format("{} trainings are too few for intervals", comparison.trainings));
  for (std::size_t e = 0; e < comparison.estimators.size(); ++e) {
    int most = 0;
    int least = std::numeric_limits<int>::max();
    bool correlates = false;
    for (std::size_t b = 0; b < comparison.budgets.size(); ++b) {
      most = std::max(most, comparison.row(b, e).n);
      least = std::min(least, comparison.row(b, e).n);
      correlates = correlates || !std::isnan(comparison.row(b, e).spearman);
    }
    const std::string& name = comparison.estimators[e];
    const bool learns = learns_from_others(name);
    if (most == 0) {
      comparison.notes.push_back(fmt::format("{}: no training has what it needs at these budgets{}", name,
                                             learns ? ", or too few for it to learn from" : ""));
    } else if (least < comparison.trainings) {
      const std::string range = least == most ? fmt::format("{}", most) : fmt::format("{} to {}", least, most);
      comparison.notes.push_back(
          fmt::format("{}: measured on {} of the {} trainings{}", name, range, comparison.trainings,
                      learns ? "; it learns from others, and cannot lead" : ", those that have what it needs"));
    }
    if (most > 1 && !correlates)
      comparison.notes.push_back(fmt::format("{}: the same for all, or all outcomes are", name));
  }
}

/// A group with a training that diverged has the worst score of all, whatever the others' are.
void add_group_note(Comparison& comparison) {
  std::set<std::string> names;
  for (const GroupRow& row : comparison.group_rows) {
    for (const GroupRow::Group& group : row.groups)
      if (std::isinf(group.score)) names.insert(group.name);
  }
  if (!names.empty())
    comparison.notes.push_back(
        fmt::format("a training diverged in each of these groups, whose mean score is therefore the worst: {}",
                    fmt::join(names, ", ")));
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

std::optional<std::size_t> leader(const Comparison& comparison, std::size_t budget) {
  for (std::size_t e = 0; e < comparison.estimators.size(); ++e)
    if (comparison.row(budget, e).best) return e;
  return std::nullopt;
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
          .values = runs.join(values, kMissing, others.study)};
}

Comparison make_comparison(const Runs& all, const ComparisonOptions& options) {
  const Runs runs = options.curve ? all.with_curve(*options.curve) : all;
  const std::optional<RunOutcome> outcome = options.outcome ? options.outcome : runs.outcome;
  if (!outcome) {
    throw UsageError(all.study,
                     "expected an outcome to rank against, and the study has none; name a column (--outcome), a table "
                     "(--truth) or another study (--truth-study){}{}",
                     all.outcome_advice.empty() ? "" : ". ", all.outcome_advice);
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
      .end = runs.schedule_epochs(),
      .k = options.k,
      .estimators = names,
      .budgets = budgets,
      .against = options.against,
      .bootstrap = options.bootstrap,
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

  const Arena arena = enter(comparison, runs, *outcome, options.threads);
  const auto contestants = arena.contestants.size();
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
  std::vector<std::optional<std::size_t>> references;
  for (std::size_t b = 0; b < comparison.budgets.size(); ++b) {
    find_best(comparison, b, arena.contestants);
    references.push_back(reference_of(comparison, b));
  }
  const std::vector<ComparisonRow> before = comparison.rows;
  parallel(rows, options.threads, [&](int i) {
    const auto index = static_cast<std::size_t>(i);
    const std::size_t budget = index / contestants;
    if (!references[budget]) return;
    const std::size_t reference = budget * contestants + *references[budget];
    compare(comparison.rows[index], before[reference], kept[index], kept[reference], arena, lanes(index),
            lanes(reference), options.bootstrap);
  });
  for (std::size_t index = 0; index < comparison.rows.size(); ++index) {
    if (!options.group.empty()) {
      comparison.group_rows.push_back(by_group(arena, lanes(index), options.groups, outcome->lower));
      comparison.group_rows.back().estimator = comparison.rows[index].estimator;
      comparison.group_rows.back().epochs = comparison.rows[index].epochs;
    }
    if (options.keep_scores) comparison.scores.push_back(pick(mean_lane(lanes(index)), arena.measured));
  }
  if (options.keep_scores) {
    for (const std::size_t place : arena.measured) comparison.archs.push_back(runs.archs()[place]);
    comparison.outcomes = pick(outcome->values, arena.measured);
  }
  add_notes(comparison);
  add_group_note(comparison);
  add_curve_note(comparison, runs);
  return comparison;
}

}  // namespace tse
