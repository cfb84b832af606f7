#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tse/base/random.h"

namespace tse {

/// Where an architecture takes one of several options: an edge and its operations, a stage and its widths.
struct Place {
  std::string name;                  // "edge_2_1"; no other place of the space has it
  std::vector<std::string> options;  // at least one, each once

  bool operator==(const Place&) const = default;
};

/// An architecture as numbers: the option taken at each place, in the order of the places. A categorical variable per
/// place is what model-based searches see.
using Picks = std::vector<int>;

/// What the architectures of a space choose between, stated once. All that depends on nothing else follows from it:
/// sampling, enumeration, neighbours, mutation.
class Choices {
 public:
  /// UsageError where a name or an option comes twice, or a place has no option.
  explicit Choices(std::vector<Place> places);

  const std::vector<Place>& places() const { return places_; }

  /// How many picks there are, the product of the numbers of options; nothing where that is more than 2^63.
  std::optional<std::uint64_t> size() const { return size_; }

  /// UsageError, naming the place, where these are no picks of these places.
  void check(const Picks& picks) const;

  /// Uniform over all picks: one draw of an index, or one draw per place, in their order, where there is no size().
  Picks sample(Stream& random) const;

  /// The picks at an index below size(): the digits of a number in mixed radix, the first place slowest. UsageError
  /// where there is no size().
  Picks at(std::uint64_t index) const;

  std::uint64_t index_of(const Picks& picks) const;

  /// All picks that differ in exactly one place: place by place, in the order of the options.
  std::vector<Picks> neighbours(const Picks& picks) const;

  /// Another option, uniformly, at one place, uniformly among those that have another. UsageError where none has.
  Picks mutated(Picks picks, Stream& random) const;

 private:
  std::vector<Place> places_;
  std::optional<std::uint64_t> size_;
};

}  // namespace tse
