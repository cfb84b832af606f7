#include "tse/report/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "contestants.h"
#include "tse/base/error.h"
#include "tse/base/parallel.h"
#include "tse/rank/correlation.h"
#include "tse/rank/top.h"

namespace tse {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

using Lanes = std::vector<std::vector<double>>;  // scores of one contestant at one budget

std::vector<double> pick(const std::vector<double>& values, const std::vector<std::size_t>& places) {
  std::vector<double> picked;
  picked.reserve(places.size());
  for (const std::size_t place : places) picked.push_back(values[place]);
  return picked;
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Of the trainings `places`, those with a number in all lanes.
std::vector<std::size_t> scored(const Lanes& lanes, const std::vector<std::size_t>& places) {
  std::vector<std::size_t> there;
  there.reserve(places.size());
  for (const std::size_t place : places)
    if (std::ranges::none_of(lanes, [&](const auto& lane) { return std::isnan(lane[place]); })) there.push_back(place);
  return there;
}

/// Everything that a comparison looks at.
struct Arena {
  std::vector<Contestant> contestants;
  std::vector<double> quality;        // the outcome, higher is better
  std::vector<std::size_t> measured;  // the trainings that count
  std::vector<int> quality_codes;     // of those
};

/// A row, and what differences to it need.
struct Measured {
  std::vector<std::size_t> who;
  std::vector<double> resampled;  // correlations
};

std::vector<double> resampled(const Lanes& lanes, const std::vector<std::size_t>& who, const std::vector<int>& codes,
                              const Bootstrap& bootstrap) {
  std::vector<double> sum(static_cast<std::size_t>(bootstrap.resamples), 0.0);
  for (const auto& lane : lanes) {
    const auto values = resampled_correlations(order_codes(pick(lane, who)), codes, spearman_of_codes, bootstrap);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += values[i] / static_cast<double>(lanes.size());
  }
  return sum;
}

double mean_spearman(const Lanes& lanes, const std::vector<std::size_t>& who, const std::vector<int>& codes) {
  double sum = 0;
  for (const auto& lane : lanes) sum += spearman_of_codes(order_codes(pick(lane, who)), codes);
  return sum / static_cast<double>(lanes.size());
}

std::vector<int> codes_of(const Arena& arena, const std::vector<std::size_t>& who) {
  return who.size() == arena.measured.size() ? arena.quality_codes : order_codes(pick(arena.quality, who));
}

// a difference of equal outcomes may leave a last bit behind
double round_to(double value, double unit) { return std::round(value / unit) * unit; }

void measure(ComparisonRow& row, Measured& kept, const Arena& arena, const Lanes& lanes, const Comparison& about) {
  kept.who = scored(lanes, arena.measured);
  const std::vector<int> codes = codes_of(arena, kept.who);
  const std::vector<double> quality = pick(arena.quality, kept.who);
  row.n = static_cast<int>(kept.who.size());
  std::vector<double> spearmans;
  std::vector<double> kendalls;
  std::vector<double> overlaps;
  std::vector<double> means;
  std::vector<double> regrets;
  for (const auto& lane : lanes) {
    const std::vector<double> scores = pick(lane, kept.who);
    const auto score_codes = order_codes(scores);
    spearmans.push_back(spearman_of_codes(score_codes, codes));
    kendalls.push_back(kendall_of_codes(score_codes, codes));
    overlaps.push_back(top_overlap(scores, quality, about.k));
    means.push_back(top_mean(scores, quality, about.k));
    regrets.push_back(top_regret(scores, quality, about.k).best);
    row.diverged = static_cast<int>(std::ranges::count(scores, -std::numeric_limits<double>::infinity()));
  }
  row.spearman = mean(spearmans);
  row.kendall = mean(kendalls);
  row.top_overlap = mean(overlaps);
  row.top_mean_outcome = about.outcome.lower ? -mean(means) : mean(means);
  row.top_regret = round_to(mean(regrets), 1e-12);
  if (about.bootstrap.resamples > 0) kept.resampled = resampled(lanes, kept.who, codes, about.bootstrap);
  row.interval = percentile_interval(kept.resampled, about.bootstrap.level);
}

/// Against the reference at the same budget, on what both have.
void compare(ComparisonRow& row, const ComparisonRow& reference, const Measured& mine, const Measured& other,
             const Arena& arena, const Lanes& lanes, const Lanes& reference_lanes, const Bootstrap& bootstrap) {
  row.difference = row.spearman - reference.spearman;
  std::vector<double> differences;
  if (mine.who == other.who) {
    for (std::size_t i = 0; i < mine.resampled.size(); ++i)
      differences.push_back(mine.resampled[i] - other.resampled[i]);
  } else {
    const auto both = scored(reference_lanes, mine.who);
    const auto codes = codes_of(arena, both);
    row.difference = mean_spearman(lanes, both, codes) - mean_spearman(reference_lanes, both, codes);
    if (bootstrap.resamples > 0) {
      differences = resampled(lanes, both, codes, bootstrap);
      const auto others = resampled(reference_lanes, both, codes, bootstrap);
      for (std::size_t i = 0; i < differences.size(); ++i) differences[i] -= others[i];
    }
  }
  row.difference_interval = percentile_interval(std::move(differences), bootstrap.level);
}

/// The row that others at its budget are compared with: the first of the best, or the one asked for.
std::size_t reference_of(const Comparison& comparison, std::size_t budget) {
  std::size_t best = 0;
  for (std::size_t e = 0; e < comparison.estimators.size(); ++e) {
    if (comparison.estimators[e] == comparison.against) return e;
    const double now = comparison.row(budget, e).spearman;
    const double before = comparison.row(budget, best).spearman;
    if (now > before || (std::isnan(before) && !std::isnan(now))) best = e;
  }
  return best;
}

double standard_error(const std::vector<double>& values) {
  const double centre = mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - centre) * (value - centre);
  const auto n = static_cast<double>(values.size());
  return n < 2 ? kNan : std::sqrt(squares / (n - 1) / n);
}

GroupRow by_group(const Arena& arena, const Lanes& lanes, const std::vector<std::string>& groups, bool lower) {
  struct Values {
    std::vector<double> scores;
    std::vector<double> qualities;
  };
  std::map<std::string, Values> members;
  for (const std::size_t place : scored(lanes, arena.measured)) {
    if (groups[place].empty()) continue;
    Values& values = members[groups[place]];
    values.scores.push_back(lanes.front()[place]);
    values.qualities.push_back(arena.quality[place]);
  }
  GroupRow row;
  std::vector<double> scores;
  std::vector<double> qualities;
  for (const auto& [name, values] : members) {
    scores.push_back(round_for_ranking(mean(values.scores)));
    qualities.push_back(round_for_ranking(mean(values.qualities)));
    row.groups.push_back({.name = name,
                          .n = static_cast<int>(values.scores.size()),
                          .score = mean(values.scores),
                          .score_error = standard_error(values.scores),
                          .outcome = lower ? -mean(values.qualities) : mean(values.qualities),
                          .outcome_error = standard_error(values.qualities)});
  }
  row.spearman = spearman(scores, qualities);
  row.kendall = kendall(scores, qualities);
  return row;
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

std::vector<int> checked_budgets(const Runs& runs, std::vector<int> budgets) {
  const int longest = std::max(runs.epochs(), 1);
  if (budgets.empty()) budgets = log_budgets(std::max(runs.shared_epochs(), 1));
  std::ranges::sort(budgets);
  budgets.erase(std::ranges::unique(budgets).begin(), budgets.end());
  for (const int T : {budgets.front(), budgets.back()}) {
    if (T < 1 || T > longest)
      throw UsageError(runs.study, "expected epochs in [1, {}], which were recorded; got {}", longest, T);
  }
  return budgets;
}

void add_notes(Comparison& comparison) {
  for (std::size_t e = 0; e < comparison.estimators.size(); ++e) {
    int most = 0;
    int least = std::numeric_limits<int>::max();
    for (std::size_t b = 0; b < comparison.budgets.size(); ++b) {
      most = std::max(most, comparison.row(b, e).n);
      least = std::min(least, comparison.row(b, e).n);
    }
    const std::string& name = comparison.estimators[e];
    if (most == 0) {
      comparison.notes.push_back(fmt::format("{}: nothing was recorded that it needs", name));
    } else if (least < comparison.trainings) {
      comparison.notes.push_back(
          fmt::format("{}: measured on {} to {} of the {} trainings, those that have what it needs; n differs", name,
                      least, most, comparison.trainings));
    }
  }
}

}  // namespace

std::vector<int> log_budgets(int last) {
  std::vector<int> list;
  for (int power = 1; power <= last; power *= 10) {
    for (const int step : power == 1 ? std::vector{10, 20, 30, 50, 70} : std::vector{10, 15, 20, 30, 50, 70}) {
      const int T = power * step / 10;
      if (T < last) list.push_back(T);
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
  RunOutcome outcome{.name = others.outcome->name,
                     .source = fmt::format("the trainings of {}", others.study),
                     .lower = others.outcome->lower,
                     .values = {}};
  for (const std::string& arch : runs.archs()) {
    const auto found = values.find(arch);
    outcome.values.push_back(found == values.end() ? kNan : found->second);
  }
  return outcome;
}

Comparison make_comparison(const Runs& all, const ComparisonOptions& options) {
  const Runs runs = options.curve ? all.with_curve(*options.curve) : all;
  const std::optional<RunOutcome> outcome = options.outcome ? options.outcome : runs.outcome;
  if (!outcome) {
    throw UsageError(all.study,
                     "expected an outcome to rank against, and the study measured none (--test-at-end); name a column, "
                     "a table or another study");
  }
  // before the rest: what these throw must not leave half of an object behind (GCC 12 would free it twice)
  const std::vector<int> budgets = checked_budgets(runs, options.budgets);
  const auto names = options.estimators.empty() ? default_contestants(runs) : options.estimators;
  Comparison comparison{
      .study = all.study,
      .facts = all.facts,
      .outcome = {.name = outcome->name, .source = outcome->source, .lower = outcome->lower, .values = {}},
      .curve = options.curve ? std::string(to_text(*options.curve)) : "",
      .top_fraction = options.top_fraction,
      .end = runs.schedule_epochs,
      .k = options.k,
      .estimators = names,
      .budgets = budgets,
      .against = options.against,
      .bootstrap = options.bootstrap,
      .rows = {},
      .group = options.group,
      .group_rows = {},
      .effective = {},
      .notes = {}};
  if (!options.against.empty() &&
      std::ranges::find(comparison.estimators, options.against) == comparison.estimators.end())
    comparison.estimators.push_back(options.against);

  Arena arena;
  std::vector<std::size_t> known;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    arena.quality.push_back(outcome->lower ? -outcome->values.at(i) : outcome->values.at(i));
    if (!std::isnan(arena.quality.back())) known.push_back(i);
  }
  arena.measured = best_places(arena.quality, known, options.top_fraction);
  arena.quality_codes = order_codes(pick(arena.quality, arena.measured));
  comparison.trainings = static_cast<int>(arena.measured.size());
  comparison.left_out = static_cast<int>(runs.size() - known.size() + runs.left_out);
  for (const std::string& name : comparison.estimators)
    arena.contestants.push_back(make_contestant(name, runs, comparison.budgets, options.threads));

  const std::size_t E = comparison.estimators.size();
  const auto lanes = [&](std::size_t index) -> const Lanes& { return arena.contestants[index % E].scores[index / E]; };
  comparison.rows.resize(E * comparison.budgets.size());
  std::vector<Measured> kept(comparison.rows.size());
  const int rows = static_cast<int>(comparison.rows.size());
  parallel(rows, options.threads, [&](int i) {
    const auto index = static_cast<std::size_t>(i);
    ComparisonRow& row = comparison.rows[index];
    row.estimator = comparison.estimators[index % E];
    row.epochs = comparison.budgets[index / E];
    measure(row, kept[index], arena, lanes(index), comparison);
  });
  const std::vector<ComparisonRow> before = comparison.rows;
  std::vector<std::size_t> references;
  for (std::size_t b = 0; b < comparison.budgets.size(); ++b) references.push_back(b * E + reference_of(comparison, b));
  parallel(rows, options.threads, [&](int i) {
    const auto index = static_cast<std::size_t>(i);
    const std::size_t reference = references[index / E];
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
  if (options.effective) comparison.effective = effective_budget(runs, *options.effective);
  add_notes(comparison);
  return comparison;
}

}  // namespace tse
