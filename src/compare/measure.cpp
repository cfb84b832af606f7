#include "measure.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "tse/base/missing.h"
#include "tse/estimate/estimator.h"
#include "tse/rank/correlation.h"
#include "tse/rank/mean.h"
#include "tse/rank/top.h"

namespace tse {
namespace {

/// Of the trainings `places`, those with a number in all lanes.
std::vector<std::size_t> scored(const Lanes& lanes, const std::vector<std::size_t>& places) {
  std::vector<std::size_t> there;
  there.reserve(places.size());
  for (const std::size_t place : places)
    if (std::ranges::none_of(lanes, [&](const auto& lane) { return std::isnan(lane[place]); })) there.push_back(place);
  return there;
}

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

}  // namespace

std::vector<double> pick(const std::vector<double>& values, const std::vector<std::size_t>& places) {
  std::vector<double> picked;
  picked.reserve(places.size());
  for (const std::size_t place : places) picked.push_back(values[place]);
  return picked;
}

std::vector<double> mean_lane(const Lanes& lanes) {
  std::vector<double> means(lanes.front().size(), 0.0);
  for (const auto& lane : lanes)
    for (std::size_t i = 0; i < means.size(); ++i) means[i] += lane[i];
  for (double& value : means) value /= static_cast<double>(lanes.size());
  return means;
}

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
    row.diverged = static_cast<int>(std::ranges::count(scores, kWorstScore));
  }
  row.spearman = mean(spearmans);
  row.kendall = mean(kendalls);
  row.top_mean_outcome = about.outcome.lower ? -mean(means) : mean(means);
  row.top_overlap = row.n > about.k ? mean(overlaps) : kMissing;
  row.top_regret = row.n > about.k ? mean(regrets) : kMissing;
  if (about.bootstrap.resamples > 0 && row.n >= kFewestToResample)
    kept.resampled = resampled(lanes, kept.who, codes, about.bootstrap);
  row.interval = percentile_interval(kept.resampled, about.bootstrap.level);
}

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
    if (bootstrap.resamples > 0 && static_cast<int>(both.size()) >= kFewestToResample) {
      differences = resampled(lanes, both, codes, bootstrap);
      const auto others = resampled(reference_lanes, both, codes, bootstrap);
      for (std::size_t i = 0; i < differences.size(); ++i) differences[i] -= others[i];
    }
  }
  row.difference_interval = percentile_interval(std::move(differences), bootstrap.level);
}

GroupRow by_group(const Arena& arena, const Lanes& lanes, const std::vector<std::string>& groups, bool lower) {
  struct Values {
    std::vector<double> scores;
    std::vector<double> qualities;
  };
  const std::vector<double> scores_of = mean_lane(lanes);
  std::map<std::string, Values> members;
  for (const std::size_t place : scored(lanes, arena.measured)) {
    if (groups[place].empty()) continue;
    Values& values = members[groups[place]];
    values.scores.push_back(scores_of[place]);
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

}  // namespace tse
