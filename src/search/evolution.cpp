#include "tse/search/evolution.h"

#include <utility>

#include "worst.h"

namespace tse {

Options Evolution::Settings::options() {
  return {{"population", &population, "members, drawn at random to begin with; the paper's 100 is for longer searches",
           between(1, 1'000'000)},
          {"sample", &sample, "members that compete to be the parent", between(1, 1'000'000)}};
}

Evolution::Evolution(const Settings& settings, Domain domain, std::uint64_t seed)
    : settings_(settings), domain_(std::move(domain)), random_(derive_seed(seed, "search evolution")) {}

std::optional<Arch> Evolution::ask() {
  if (asked_++ < settings_.population || population_.empty()) return domain_.draw(random_);
  const Observation* parent = nullptr;
  for (int i = 0; i < settings_.sample; ++i) {
    const Observation& member = population_[random_.below(population_.size())];
    if (parent == nullptr || member.scores.front() > parent->scores.front()) parent = &member;
  }
  return domain_.mutated(parent->arch, random_);
}

void Evolution::tell(const Observation& observation) {
  population_.push_back(without_nan(observation));
  if (population_.size() > static_cast<std::size_t>(settings_.population)) population_.pop_front();
}

}  // namespace tse
