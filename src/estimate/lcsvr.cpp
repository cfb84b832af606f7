#include "tse/estimate/lcsvr.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nu_svr.h"
#include "tse/base/missing.h"
#include "tse/base/random.h"
#include "tse/estimate/validation.h"

namespace tse {
namespace {

constexpr double kRecipe[] = {0.1, 0.9, 5e-4, 256};  // of NAS-Bench-201: learning rate, momentum, weight decay, batch

/// v[i+1] - v[i].
std::vector<double> differences(std::span<const double> values) {
  std::vector<double> list;
  for (std::size_t i = 1; i < values.size(); ++i) list.push_back(values[i] - values[i - 1]);
  return list;
}

void append_moments(std::vector<double>& features, std::span<const double> values) {
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  features.push_back(values.empty() ? 0 : mean);
  features.push_back(values.empty() ? 0 : std::sqrt(squares / n));
}

bool measured(std::span<const double> values, std::size_t length) {
  return values.size() >= length &&
         std::ranges::all_of(values.first(length), [](double value) { return std::isfinite(value); });
}

/// AP of each training: what is known of all of them, in the units of NAS-Bench-201's records.
std::vector<std::vector<double>> architecture_features(std::span<const Record> all) {
  struct Feature {
    std::vector<std::string> columns;  // the first that is known
    double unit;
  };
  std::vector<std::vector<double>> list(all.size());
  for (const Feature& feature :
       {Feature{{"params"}, 1e6}, Feature{{"macs", "flops"}, 1e6}, Feature{{"latency_seconds"}, 1}}) {
    const auto known = std::ranges::find_if(feature.columns, [&](const std::string& name) {
      return std::ranges::none_of(all, [&](const Record& record) { return std::isnan(record.column(name)); });
    });
    if (known == feature.columns.end()) continue;
    for (std::size_t i = 0; i < all.size(); ++i) list[i].push_back(all[i].column(*known) / feature.unit);
  }
  return list;
}

std::vector<NuSvrDraw> random_draws(int count, std::uint64_t seed) {
  Stream random(derive_seed(seed, "lcsvr draws"));
  const auto log_uniform = [&] { return std::exp(std::log(1e-5) + random.unit() * (std::log(10.0) - std::log(1e-5))); };
  std::vector<NuSvrDraw> draws;
  for (int i = 0; i < count; ++i) {
    const double c = log_uniform();
    const double nu = 1 - random.unit();  // above 0
    draws.push_back({.c = c, .nu = nu, .gamma = log_uniform()});
  }
  return draws;
}

}  // namespace

Options Lcsvr::Settings::options() {
  return {
      {"train", &train, "trainings to learn from", between(3, 1000000)},
      {"draws", &draws, "random settings of the regression to choose from", between(1, 1000000)},
      {"seed", &seed, "of the split and of the draws", {}},
      {"cut", &cut, "of the curve's differences: within T, or as published, 1 and 2 epochs beyond",
       one_of({"correct", "published"})},
      {"all", &all, "the whole curves as features, not only their means and deviations", {}},
      {"split", &split, "which images the curve is of", one_of({"valid", "test"})},
  };
}

std::string Lcsvr::spec() const { return shortest_text("lcsvr", settings_); }

std::vector<double> Lcsvr::features(std::vector<double> about, std::span<const double> curve,
                                    std::size_t length) const {
  const std::size_t seen = settings_.cut == "published" ? std::min(length + 2, curve.size()) : length;
  auto first = differences(curve.first(seen));
  auto second = differences(first);
  first.resize(std::min(first.size(), length));
  second.resize(std::min(second.size(), length));
  std::vector<double> list = std::move(about);
  list.insert(list.end(), std::begin(kRecipe), std::end(kRecipe));
  if (!settings_.all) {
    for (const auto values : {curve.first(length), std::span<const double>(first), std::span<const double>(second)})
      append_moments(list, values);
    return list;
  }
  list.insert(list.end(), curve.begin(), curve.begin() + static_cast<std::ptrdiff_t>(length));
  list.insert(list.end(), first.begin(), first.end());
  list.insert(list.end(), second.begin(), second.end());
  append_moments(list, curve.first(length));
  return list;
}

std::vector<double> Lcsvr::scores(std::span<const Record> all, int epochs, int threads) const {
  const auto wanted = static_cast<std::size_t>(settings_.train);
  if (all.size() < wanted + 2) {
    throw UsageError("estimator lcsvr", "expected at least {} trainings to learn from {} (see lcsvr:train=); got {}",
                     wanted + 2, wanted, all.size());
  }
  std::vector<double> scores(all.size(), kMissing);
  if (epochs < 1) return scores;
  std::vector<std::vector<double>> curves;
  for (const Record& record : all) curves.push_back(quality_curve(record, settings_.split == "valid"));
  std::size_t end = 0;
  for (const auto& curve : curves) end = std::max(end, known_part(curve).size());

  // it learns from those recorded to the end, the same for every T
  std::vector<int> train;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (measured(curves[i], end) && end > 0) train.push_back(static_cast<int>(i));
  Stream random(derive_seed(settings_.seed, "lcsvr split"));
  random.shuffle(std::span(train));
  const auto length = static_cast<std::size_t>(epochs);
  if (train.size() < wanted || length > end) return scores;
  train.resize(wanted);
  const auto learned = [&](std::size_t i) { return std::ranges::find(train, static_cast<int>(i)) != train.end(); };

  std::vector<int> test;
  const std::size_t ahead = settings_.cut == "published" ? std::min(length + 2, end) : length;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (learned(i)) continue;
    if (diverged_within(all[i], healthy_steps(all[i]), epochs)) {
      scores[i] = kWorstScore;
    } else if (measured(curves[i], ahead)) {
      test.push_back(static_cast<int>(i));
    }
  }
  std::vector<std::vector<double>> points;
  std::vector<double> targets;
  for (const int i : train) targets.push_back(curves[static_cast<std::size_t>(i)][end - 1]);
  std::vector<int> to_fit(train.size());
  std::vector<int> to_score(test.size());
  std::iota(to_fit.begin(), to_fit.end(), 0);
  std::iota(to_score.begin(), to_score.end(), settings_.train);
  const auto known = architecture_features(all);
  for (const auto* list : {&train, &test}) {
    for (const int i : *list) {
      const auto place = static_cast<std::size_t>(i);
      points.push_back(features(known[place], std::span(curves[place]).first(ahead), length));
    }
  }
  const SquaredDistances distances(points, train.size());
  const auto draws = random_draws(settings_.draws, settings_.seed);
  const std::size_t best = best_draw(distances, to_fit, targets, draws, threads);
  const auto predictions = fit_and_predict(distances, to_fit, targets, to_score, draws[best]);
  for (std::size_t k = 0; k < test.size(); ++k) scores[static_cast<std::size_t>(test[k])] = predictions[k];
  return scores;
}

}  // namespace tse
