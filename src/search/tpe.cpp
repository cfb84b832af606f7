#include "tse/search/tpe.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "draw_option.h"
#include "parzen.h"
#include "tse/base/error.h"
#include "worst.h"

namespace tse {
namespace {

constexpr std::size_t kNewest = 25;  // linear forgetting's, and the most that are below
constexpr double kTenth = 0.1;       // of the results are below, in Optuna's multivariate TPE
constexpr int kTries = 100;          // for an architecture that is allowed, and new where it must be

/// The options that results took at one place, in the order of the results.
std::vector<double> density(const std::vector<int>& taken, std::size_t options, double prior) {
  const std::vector<double> weights = forgetting_weights(taken.size());
  std::vector<double> mass(options, prior);
  for (std::size_t i = 0; i < taken.size(); ++i) mass[static_cast<std::size_t>(taken[i])] += weights[i];
  const double sum = std::accumulate(mass.begin(), mass.end(), 0.0);
  for (double& each : mass) each /= sum;
  return mass;
}

}  // namespace

Options Tpe::Settings::options() {
  return {{"startup", &startup, "random draws before the first model", between(1, 1'000'000)},
          {"candidates", &candidates, "drawn for each place", between(1, 1'000'000)},
          {"gamma", &gamma, "of N results the best gamma sqrt(N) are the model of good ones; if multivariate a tenth",
           between(1e-6, 1000)},
          {"prior", &prior, "weight of each option beside the counts", between(1e-9, 1e9)},
          {"repeat", &repeat, "may propose an architecture again, as hyperopt does", {}},
          {"multivariate", &multivariate, "one density of all places together, as Optuna's option", {}}};
}

std::vector<double> forgetting_weights(std::size_t n) {
  std::vector<double> weights(n, 1.0);
  if (n <= kNewest) return weights;
  const std::size_t old = n - kNewest;
  const double first = 1.0 / static_cast<double>(n);
  for (std::size_t i = 0; i < old; ++i)
    weights[i] = old == 1 ? first : first + (1 - first) * static_cast<double>(i) / static_cast<double>(old - 1);
  return weights;
}

Tpe::Tpe(const Settings& settings, Domain domain, std::uint64_t seed)
    : settings_(settings), domain_(std::move(domain)), random_(derive_seed(seed, "search tpe")) {
  if (domain_.space().choices() == nullptr)
    throw UsageError("search tpe", "expected a space with choices per place; {} has none", domain_.space().spec());
}

std::vector<bool> Tpe::below() const {
  const std::size_t n = scores_.size();
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater{}, [&](std::size_t i) { return scores_[i]; });
  const auto all = static_cast<double>(n);
  const double share = settings_.multivariate ? kTenth * all : settings_.gamma * std::sqrt(all);
  const auto good = std::min(static_cast<std::size_t>(std::ceil(share)), kNewest);
  std::vector<bool> is_below(n, false);
  for (std::size_t i = 0; i < std::min(good, n); ++i) is_below[order[i]] = true;
  return is_below;
}

Tpe::Densities Tpe::densities() const {
  const std::vector<bool> is_below = this->below();
  Densities result;
  const std::vector<Place>& places = domain_.space().choices()->places();
  for (std::size_t place = 0; place < places.size(); ++place) {
    std::vector<int> below;
    std::vector<int> above;
    for (std::size_t i = 0; i < picks_.size(); ++i) (is_below[i] ? below : above).push_back(picks_[i][place]);
    const std::size_t options = places[place].options.size();
    result.below.push_back(density(below, options, settings_.prior));
    result.above.push_back(density(above, options, settings_.prior));
  }
  return result;
}

Picks Tpe::propose(const Densities& densities) {
  Picks picks;
  for (std::size_t place = 0; place < densities.below.size(); ++place) {
    const std::vector<double>& below = densities.below[place];
    const std::vector<double>& above = densities.above[place];
    std::size_t best = draw_option(below, random_);
    for (int i = 1; i < settings_.candidates; ++i) {
      const std::size_t other = draw_option(below, random_);
      if (below[other] * above[best] > below[best] * above[other]) best = other;
    }
    picks.push_back(static_cast<int>(best));
  }
  return picks;
}

bool Tpe::may_propose(const Arch& arch) const {
  return domain_.allows(arch) && (settings_.repeat || !seen_.contains(arch.text));
}

std::optional<Arch> Tpe::propose() {
  const Densities model = densities();
  for (int i = 0; i < kTries; ++i) {
    Arch arch = domain_.space().arch_of(propose(model));
    if (may_propose(arch)) return arch;
  }
  return std::nullopt;
}

std::optional<Arch> Tpe::propose_jointly() {
  const std::vector<bool> is_below = below();
  std::vector<Picks> good;
  std::vector<Picks> others;
  for (std::size_t i = 0; i < picks_.size(); ++i) (is_below[i] ? good : others).push_back(picks_[i]);
  const std::vector<Place>& places = domain_.space().choices()->places();
  const ParzenMixture l(std::move(good), places, settings_.prior);
  const ParzenMixture g(std::move(others), places, settings_.prior);
  std::optional<Arch> best;
  double highest = 0;
  for (int i = 0; i < kTries && !best; ++i) {
    for (int candidate = 0; candidate < settings_.candidates; ++candidate) {
      const Picks picks = l.draw(random_);
      Arch arch = domain_.space().arch_of(picks);
      if (!may_propose(arch)) continue;
      const double ratio = l.density(picks) / g.density(picks);
      if (best && ratio <= highest) continue;
      highest = ratio;
      best = std::move(arch);
    }
  }
  return best;
}

std::optional<Arch> Tpe::ask() {
  const bool random = asked_++ < settings_.startup || scores_.empty();
  const std::set<std::string> nothing;
  std::optional<Arch> arch;
  if (!random) arch = settings_.multivariate ? propose_jointly() : propose();
  if (!arch) arch = domain_.draw(random_, settings_.repeat ? nothing : seen_);
  if (arch) seen_.insert(arch->text);
  return arch;
}

void Tpe::tell(const Observation& told) {
  const Observation observation = without_nan(told);
  picks_.push_back(domain_.space().picks_of(observation.arch));
  scores_.push_back(observation.scores.front());
}

}  // namespace tse
