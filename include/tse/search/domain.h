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

/// Of so many that are drawn at random, the one with the best score (the first among equals) stands for all.
struct Preference {
  int of = 1;
  std::function<double(const Arch&)> score = {};
};

/// What a search may propose: the architectures of a space that a condition allows. Never anything else.
class Domain {
 public:
  using Condition = std::function<bool(const Arch&)>;

  /// Without a condition, the whole space.
  explicit Domain(std::shared_ptr<const Space> space, Condition allows = {}, Preference prefers = {});

  const Space& space() const { return *space_; }
  bool allows(const Arch& arch) const { return !allows_ || allows_(arch); }

  /// Uniform, but for the preference, over what is allowed and not among `without`, texts of architectures. Nothing
  /// where there is none; in a space that is too large to look through, where a hundred thousand draws found none.
  std::optional<Arch> draw(Stream& random, const std::set<std::string>& without = {}) const;

  /// The allowed ones among those that differ in one choice, in the space's order.
  std::vector<Arch> neighbours(const Arch& arch) const;

  /// Another option at one place, both uniformly, among what is allowed; in a space without choices a neighbour,
  /// uniformly. Where no neighbour is allowed, a draw; nothing where that finds none.
  std::optional<Arch> mutated(const Arch& arch, Stream& random) const;

 private:
  std::optional<Arch> draw_one(Stream& random, const std::set<std::string>& without) const;
  std::optional<Arch> mutated_once(const Arch& arch, Stream& random) const;
  std::optional<Arch> preferred(const std::function<std::optional<Arch>()>& make) const;

  std::shared_ptr<const Space> space_;
  Condition allows_;
  Preference prefers_;
};

}  // namespace tse
