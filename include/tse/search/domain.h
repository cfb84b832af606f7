#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tse/base/random.h"
#include "tse/space/space.h"

namespace tse {

/// What a search may propose: the architectures of a space that a condition allows. Never anything else.
class Domain {
 public:
  using Condition = std::function<bool(const Arch&)>;

  /// Without a condition, the whole space.
  explicit Domain(std::shared_ptr<const Space> space, Condition allows = {});

  const Space& space() const { return *space_; }
  bool allows(const Arch& arch) const { return !allows_ || allows_(arch); }

  /// Uniform over what is allowed and not among `without`, texts of architectures. Nothing where there is none; in a
  /// space that is too large to look through, where a hundred thousand draws found none.
  std::optional<Arch> draw(Stream& random, const std::set<std::string>& without = {}) const;

  /// The allowed ones among those that differ in one choice, in the space's order.
  std::vector<Arch> neighbours(const Arch& arch) const;

  /// Another option at one place, both uniformly, among what is allowed; in a space without choices a neighbour,
  /// uniformly. Where no neighbour is allowed, a draw; nothing where that finds none.
  std::optional<Arch> mutated(const Arch& arch, Stream& random) const;

 private:
  std::shared_ptr<const Space> space_;
  Condition allows_;
};

}  // namespace tse
