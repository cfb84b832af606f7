#include "tse/space/choices.h"

#include <set>
#include <utility>

#include "tse/base/error.h"

namespace tse {
namespace {

constexpr std::uint64_t kMostPicks = std::uint64_t{1} << 63U;

void check_place(const Place& place) {
  const std::string where = "place " + place.name;
  if (place.name.empty()) throw UsageError("choices", "expected a name for each place; got an empty one");
  if (place.options.empty()) throw UsageError(where, "expected at least one option; got none");
  std::set<std::string> seen;
  for (const std::string& option : place.options) {
    if (!seen.insert(option).second) throw UsageError(where, "expected each option once; got '{}' again", option);
  }
}

std::optional<std::uint64_t> count_picks(const std::vector<Place>& places) {
  std::uint64_t product = 1;
  for (const Place& place : places) {
    if (product > kMostPicks / place.options.size()) return std::nullopt;
    product *= place.options.size();
  }
  return product;
}

/// The number of an option other than `taken`, from its number among the others.
int other_option(int taken, int number) { return number < taken ? number : number + 1; }

}  // namespace

Choices::Choices(std::vector<Place> places) : places_(std::move(places)) {
  std::set<std::string> seen;
  for (const Place& place : places_) {
    check_place(place);
    if (!seen.insert(place.name).second) {
      throw UsageError("choices", "expected a name of its own for each place; got '{}' again", place.name);
    }
  }
  size_ = count_picks(places_);
}

void Choices::check(const Picks& picks) const {
  if (picks.size() != places_.size()) {
    throw UsageError("choices", "expected {} picks, one per place; got {}", places_.size(), picks.size());
  }
  for (std::size_t i = 0; i < picks.size(); ++i) {
    if (picks[i] < 0 || static_cast<std::size_t>(picks[i]) >= places_[i].options.size()) {
      throw UsageError("place " + places_[i].name, "expected an option in [0, {}]; got {}",
                       places_[i].options.size() - 1, picks[i]);
    }
  }
}

Picks Choices::sample(Stream& random) const {
  if (size_) return at(random.below(*size_));
  Picks picks;
  for (const Place& place : places_) picks.push_back(static_cast<int>(random.below(place.options.size())));
  return picks;
}

Picks Choices::at(std::uint64_t index) const {
  if (!size_) throw UsageError("choices", "expected at most 2^63 architectures, to number them; there are more");
  if (index >= *size_) throw UsageError("choices", "expected an index in [0, {}]; got {}", *size_ - 1, index);
  Picks picks(places_.size());
  for (std::size_t i = picks.size(); i-- > 0;) {
    picks[i] = static_cast<int>(index % places_[i].options.size());
    index /= places_[i].options.size();
  }
  return picks;
}

std::uint64_t Choices::index_of(const Picks& picks) const {
  if (!size_) throw UsageError("choices", "expected at most 2^63 architectures, to number them; there are more");
  check(picks);
  std::uint64_t index = 0;
  for (std::size_t i = 0; i < picks.size(); ++i) {
    index = index * places_[i].options.size() + static_cast<std::uint64_t>(picks[i]);
  }
  return index;
}

std::vector<Picks> Choices::neighbours(const Picks& picks) const {
  check(picks);
  std::vector<Picks> list;
  for (std::size_t i = 0; i < picks.size(); ++i) {
    for (int number = 0; number + 1 < static_cast<int>(places_[i].options.size()); ++number) {
      list.push_back(picks);
      list.back()[i] = other_option(picks[i], number);
    }
  }
  return list;
}

Picks Choices::mutated(Picks picks, Stream& random) const {
  check(picks);
  std::vector<std::size_t> free;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if (places_[i].options.size() > 1) free.push_back(i);
  }
  if (free.empty()) throw UsageError("choices", "expected a place with another option to mutate; no place has one");
  const std::size_t place = free[random.below(free.size())];
  const std::uint64_t others = places_[place].options.size() - 1;
  picks[place] = other_option(picks[place], static_cast<int>(random.below(others)));
  return picks;
}

}  // namespace tse
