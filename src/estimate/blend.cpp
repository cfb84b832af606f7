#include "tse/estimate/blend.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

#include "tse/base/missing.h"
#include "tse/base/parallel.h"
#include "tse/rank/correlation.h"
#include "tse/rank/normal_scores.h"

namespace tse {
namespace {

constexpr double kHalfway = 10;     // epochs after which training speed has half of the weight, of a long schedule
constexpr double kOdds = 9;         // that the static half is of use, before anything was seen
constexpr double kValidity = 0.75;  // correlation with the outcome of one that is: SynFlow's and the parameters'
constexpr int kBlock = 64;          // trainings that a thread takes at once

/// The weight of training speed; nothing for `auto`.
std::optional<double> parse_weight(const std::string& text) {
  if (text == "auto") return std::nullopt;
  double weight = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), weight);
  if (error != std::errc{} || end != text.data() + text.size() || !(weight >= 0 && weight <= 1))
    throw UsageError("estimator blend", "expected weight to be auto or in [0, 1]; got '{}'", text);
  return weight;
}

}  // namespace

Options Blend::Settings::options() {
  return {
      {"speed", &speed, "the half that is trained for, an estimator", {}},
      {"static", &still, "the half that needs no training: a zero-cost score, or a column where higher is better", {}},
      {"weight", &weight, "of training speed, in [0, 1]; auto goes by the epochs and by how the halves agree", {}},
  };
}

Blend::Blend(const Settings& settings)
    : settings_(settings),
      weight_(parse_weight(settings.weight)),
      speed_(make_estimator(settings.speed)),
      still_(Column::Settings{.name = settings.still}) {}

std::string Blend::spec() const { return shortest_text("blend", settings_); }

Blend::Halves Blend::halves(const Record& record, int epochs) const {
  return {.speed = round_for_ranking(speed_->score(record, epochs)),
          .still = round_for_ranking(still_.score(record, epochs))};
}

double Blend::static_share(int epochs, int schedule_epochs, std::size_t n, double agreement) const {
  if (weight_) return 1 - *weight_;
  const double t = epochs;
  const double left = schedule_epochs > 0 ? std::max(0.0, 1 - t / schedule_epochs) : 1;
  const double weight = t / (t + kHalfway * left);
  const double expected = kValidity * std::sqrt(weight);
  const double seen = std::isnan(agreement) ? 0 : agreement;
  const double of_use = kOdds / (kOdds + std::exp(-static_cast<double>(n) * expected * (seen - expected / 2)));
  return (1 - weight) * of_use;
}

std::vector<double> Blend::scores(std::span<const Record> all, int epochs, int threads) const {
  std::vector<Halves> halves_of(all.size());
  const int n = static_cast<int>(all.size());
  parallel((n + kBlock - 1) / kBlock, threads, [&](int block) {
    for (int i = block * kBlock; i < std::min(n, (block + 1) * kBlock); ++i)
      halves_of[static_cast<std::size_t>(i)] = halves(all[static_cast<std::size_t>(i)], epochs);
  });

  std::vector<double> scores(all.size(), kMissing);
  std::vector<std::size_t> whole;  // those with both
  std::vector<double> speed;
  std::vector<double> still;
  int schedule = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    schedule = std::max(schedule, all[i].schedule_epochs);
    if (halves_of[i].speed == kWorstScore) scores[i] = kWorstScore;
    if (std::isnan(halves_of[i].speed) || std::isnan(halves_of[i].still) || scores[i] == kWorstScore) continue;
    whole.push_back(i);
    speed.push_back(halves_of[i].speed);
    still.push_back(halves_of[i].still);
  }
  const std::vector<double> z_speed = normal_scores(speed);
  const std::vector<double> z_still = normal_scores(still);
  const double share = static_share(epochs, schedule, whole.size(), agreement_of(z_speed, z_still));
  for (std::size_t k = 0; k < whole.size(); ++k) scores[whole[k]] = (1 - share) * z_speed[k] + share * z_still[k];
  return scores;
}

Blend make_blend(const Spec& spec) {
  Blend::Settings settings;
  assign(settings.options(), spec, "estimator blend");
  return Blend(settings);
}

// normal scores have mean 0 but for ties
double agreement_of(std::span<const double> normal_speed, std::span<const double> normal_still) {
  const auto n = static_cast<double>(normal_speed.size());
  const auto sum = [](std::span<const double> values) { return std::accumulate(values.begin(), values.end(), 0.0); };
  const double mean_speed = sum(normal_speed) / n;
  const double mean_still = sum(normal_still) / n;
  double both = 0;
  double speeds = 0;
  double stills = 0;
  for (std::size_t i = 0; i < normal_speed.size(); ++i) {
    const double a = normal_speed[i] - mean_speed;
    const double b = normal_still[i] - mean_still;
    both += a * b;
    speeds += a * a;
    stills += b * b;
  }
  return both / std::sqrt(speeds * stills);
}

}  // namespace tse
