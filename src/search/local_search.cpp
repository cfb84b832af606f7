#include "tse/search/local_search.h"

#include <span>
#include <utility>

#include "worst.h"

namespace tse {

LocalSearch::LocalSearch(const Settings& /*settings*/, Domain domain, std::uint64_t seed)
    : domain_(std::move(domain)), random_(derive_seed(seed, "search local")) {}

double LocalSearch::score_of(const std::string& arch) const { return known_.at(arch); }

void LocalSearch::start_from(const Arch& arch) {
  here_ = arch;
  around_ = domain_.neighbours(arch);
  random_.shuffle(std::span(around_));
  tried_ = 0;
  waits_.clear();
}

std::optional<Arch> LocalSearch::next_neighbour() {
  while (tried_ < around_.size()) {
    const Arch arch = around_[tried_++];
    const auto known = known_.find(arch.text);
    if (known == known_.end()) {
      waits_.insert(arch.text);
      if (asked_.insert(arch.text).second) return arch;
    } else if (known->second > score_of(here_->text)) {
      start_from(arch);
    }
  }
  return std::nullopt;
}

std::optional<Arch> LocalSearch::ask() {
  for (;;) {
    if (here_) {
      if (auto neighbour = next_neighbour()) return neighbour;
    }
    if (!waits_.empty() || starts_.empty()) break;  // the descent may still go on, or there is nothing to begin from
    start_from(starts_.front());
    starts_.pop_front();
  }
  std::optional<Arch> start = domain_.draw(random_, asked_);
  if (start) {
    asked_.insert(start->text);
    drawn_.insert(start->text);
  }
  return start;
}

void LocalSearch::tell(const Observation& told) {
  const Observation observation = without_nan(told);
  const std::string& text = observation.arch.text;
  known_[text] = observation.scores.front();
  if (drawn_.erase(text) > 0) starts_.push_back(observation.arch);
  if (waits_.erase(text) > 0 && observation.scores.front() > score_of(here_->text)) start_from(observation.arch);
}

}  // namespace tse
