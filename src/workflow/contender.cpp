#include "contender.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include "tse/base/missing.h"
#include "tse/rank/mean.h"
#include "tse/rank/pareto.h"

namespace tse {
namespace {

constexpr int kPoints = 60;  // of a curve over cost

double epochs_of(const SearchHistory& history) {
  double epochs = 0;
  for (const SearchTrial& trial : history) epochs += trial.epochs;
  return epochs;
}

/// On the simulated clock; NaN where one trial's time is not known.
double last_end(const SearchHistory& history) {
  double last = 0;
  for (const SearchTrial& trial : history) {
    if (std::isnan(trial.ended)) return kMissing;
    last = std::max(last, trial.ended);
  }
  return last;
}

/// The means over the searches of what each had at a cost, at costs that are evenly spaced in their logarithm.
std::vector<CostPoint> curve_of(const std::vector<SearchHistory>& all, bool lower, bool by_time) {
  struct Path {
    std::vector<double> cost;
    std::vector<double> incumbent;
    std::vector<double> oracle;
  };
  std::vector<Path> paths;
  double first = 0;
  double last = std::numeric_limits<double>::infinity();
  for (const SearchHistory& history : all) {
    if (history.empty()) continue;
    Path path{.cost = {}, .incumbent = incumbent_outcomes(history), .oracle = oracle_outcomes(history, lower)};
    double epochs = 0;
    for (const SearchTrial& trial : history) {
      epochs += trial.epochs;
      path.cost.push_back(by_time ? trial.ended : epochs);
    }
    if (!by_time && epochs == 0) std::iota(path.cost.begin(), path.cost.end(), 1.0);
    std::partial_sum(path.cost.begin(), path.cost.end(), path.cost.begin(),
                     [](double a, double b) { return std::max(a, b); });
    first = std::max(first, path.cost.front());
    last = std::min(last, path.cost.back());
    paths.push_back(std::move(path));
  }
  std::vector<CostPoint> curve;
  if (paths.empty() || !(first > 0) || !(last >= first)) return curve;
  for (int k = 0; k < kPoints; ++k) {
    const double cost = first * std::pow(last / first, static_cast<double>(k) / (kPoints - 1));
    std::vector<double> incumbents;
    std::vector<double> oracles;
    for (const Path& path : paths) {
      const auto after = std::ranges::upper_bound(path.cost, cost * (1 + 1e-12));
      const auto i = static_cast<std::size_t>(after - path.cost.begin()) - 1;
      incumbents.push_back(path.incumbent[i]);
      oracles.push_back(path.oracle[i]);
    }
    curve.push_back({.cost = cost,
                     .incumbent = mean(incumbents),
                     .incumbent_error = standard_error(incumbents),
                     .oracle = mean(oracles),
                     .oracle_error = standard_error(oracles)});
    if (last == first) break;
  }
  return curve;
}

bool is_finite(const std::vector<double>& scores) {
  return std::ranges::all_of(scores, [](double score) { return std::isfinite(score); });
}

/// What points dominate as a share of what all that is recorded does, above the worst of it in each objective.
class ShareOfVolume {
 public:
  explicit ShareOfVolume(const RecordedResults& results) {
    std::vector<std::vector<double>> all;
    for (const auto& [arch, result] : results) {
      if (is_finite(result.scores)) all.push_back(result.scores);
    }
    if (all.empty()) return;
    worst_ = all.front();
    for (const auto& point : all)
      for (std::size_t k = 0; k < worst_.size(); ++k) worst_[k] = std::min(worst_[k], point[k]);
    whole_ = volume_of_front(all);
  }

  double of(const SearchHistory& history) const {
    std::vector<std::vector<double>> found;
    for (const SearchTrial& trial : history) {
      if (is_finite(trial.scores)) found.push_back(trial.scores);
    }
    return whole_ > 0 ? volume_of_front(found) / whole_ : kMissing;
  }

 private:
  /// What the others add is nothing, and costs more than to leave them out.
  double volume_of_front(const std::vector<std::vector<double>>& points) const {
    const std::vector<int> front_of = fronts(points);
    std::vector<std::vector<double>> front;
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (front_of[i] == 0) front.push_back(points[i]);
    }
    return hypervolume(front, worst_);
  }

  std::vector<double> worst_;
  double whole_ = 0;
};

}  // namespace

Contender contender_of(const std::string& algo, const std::string& objective, const RecordedResults& results,
                       const std::vector<SearchHistory>& all, bool lower) {
  Contender contender{.algo = algo, .objective = objective, .repeats = static_cast<int>(all.size())};
  const bool several = !results.empty() && results.begin()->second.scores.size() > 1;
  std::vector<double> trials;
  std::vector<double> epochs;
  std::vector<double> seconds;
  std::vector<double> incumbents;
  std::vector<double> oracles;
  std::vector<double> volumes;
  std::optional<ShareOfVolume> share;
  if (several) share.emplace(results);
  for (const SearchHistory& history : all) {
    if (history.empty()) continue;
    trials.push_back(static_cast<double>(history.size()));
    epochs.push_back(epochs_of(history));
    seconds.push_back(last_end(history));
    incumbents.push_back(incumbent_outcomes(history).back());
    oracles.push_back(oracle_outcomes(history, lower).back());
    if (share) volumes.push_back(share->of(history));
  }
  contender.trials = mean(trials);
  contender.epochs = mean(epochs);
  contender.seconds = mean(seconds);
  contender.incumbent = mean(incumbents);
  contender.incumbent_error = standard_error(incumbents);
  contender.oracle = mean(oracles);
  contender.oracle_error = standard_error(oracles);
  contender.hypervolume = mean(volumes);
  contender.hypervolume_error = standard_error(volumes);
  contender.by_time = !std::isnan(contender.seconds);
  contender.curve = curve_of(all, lower, contender.by_time);
  return contender;
}

}  // namespace tse
