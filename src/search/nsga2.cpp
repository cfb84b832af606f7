#include "tse/search/nsga2.h"

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <utility>

#include "tse/rank/pareto.h"
#include "worst.h"

namespace tse {
namespace {

constexpr int kBreeding = 100;  // children before a draw stands in for one

}  // namespace

Options Nsga2::Settings::options() {
  return {{"population", &population, "members of each generation", between(2, 1'000'000)}};
}

Nsga2::Nsga2(const Settings& settings, Domain domain, std::uint64_t seed)
    : settings_(settings), domain_(std::move(domain)), random_(derive_seed(seed, "search nsga2")) {}

void Nsga2::begin_generation() {
  std::vector<Member> all = std::move(parents_);
  for (Observation& each : arrived_) all.push_back({.observation = std::move(each)});
  arrived_.clear();
  std::vector<std::vector<double>> points;
  for (const Member& member : all) points.push_back(member.observation.scores);
  const std::vector<int> front_of = fronts(points);
  for (std::size_t i = 0; i < all.size(); ++i) all[i].front = front_of[i];
  std::ranges::stable_sort(all, {}, &Member::front);
  for (auto first = all.begin(); first != all.end();) {
    const auto last =
        std::find_if(first, all.end(), [&](const Member& member) { return member.front != first->front; });
    std::vector<std::vector<double>> front;
    for (auto member = first; member != last; ++member) front.push_back(member->observation.scores);
    const std::vector<double> distances = crowding(front);
    for (auto member = first; member != last; ++member)
      member->crowding = distances[static_cast<std::size_t>(member - first)];
    first = last;
  }
  std::ranges::stable_sort(all, {}, [](const Member& member) { return std::tuple(member.front, -member.crowding); });
  all.resize(std::min(all.size(), static_cast<std::size_t>(settings_.population)));
  parents_ = std::move(all);
}

const Nsga2::Member& Nsga2::tournament() {
  const Member& one = parents_[random_.below(parents_.size())];
  const Member& other = parents_[random_.below(parents_.size())];
  return std::tuple(other.front, -other.crowding) < std::tuple(one.front, -one.crowding) ? other : one;
}

std::optional<Arch> Nsga2::child() {
  const Arch& mother = tournament().observation.arch;
  const Arch& father = tournament().observation.arch;
  if (domain_.space().choices() == nullptr) return domain_.mutated(mother, random_);
  Picks picks = domain_.space().picks_of(mother);
  const Picks others = domain_.space().picks_of(father);
  for (std::size_t place = 0; place < picks.size(); ++place) {
    if (random_.below(2) == 1) picks[place] = others[place];
  }
  return domain_.mutated(domain_.space().arch_of(picks), random_);
}

std::optional<Arch> Nsga2::ask() {
  const int turn = asked_++ % settings_.population;
  if (turn == 0) begin_generation();
  std::optional<Arch> arch;
  for (int i = 0; i < kBreeding && !parents_.empty() && !arch; ++i) {
    arch = child();
    if (arch && seen_.contains(arch->text)) arch.reset();
  }
  if (!arch) arch = domain_.draw(random_, seen_);
  if (arch) seen_.insert(arch->text);
  return arch;
}

void Nsga2::tell(const Observation& observation) { arrived_.push_back(without_nan(observation)); }

}  // namespace tse
