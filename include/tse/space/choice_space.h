#pragma once

#include "tse/space/mixed.h"
#include "tse/space/space.h"

namespace tse {

/// A space whose architectures are the picks of its choices, each once. Of such a space one says what the choices are,
/// how picks are written, and what network they become; the rest follows. Where options share nothing, as widths do,
/// `has_super_network` says so, and the network is asked for of one architecture alone.
class ChoiceSpace : public Space {
 public:
  Arch parse(std::string_view text) const final;
  Arch sample(Stream& random) const final;
  std::vector<Arch> neighbours(const Arch& arch) const final;
  std::optional<std::uint64_t> size() const final { return choices_.size(); }
  Arch at(std::uint64_t index) const final;
  std::uint64_t index_of(const Arch& arch) const final;

  const Choices* choices() const final { return &choices_; }
  Picks picks_of(const Arch& arch) const final;
  Arch arch_of(const Picks& picks) const final;

  Graph lower(const Arch& arch, const Task& task) const final;
  using Space::sub_network;
  Graph sub_network(std::span<const Arch> path, const Task& task, Norms norms) const final;
  using Space::mixed;
  Graph mixed(const Task& task, const Mixture& mixture) const final;

 protected:
  explicit ChoiceSpace(Choices choices);

  /// The picks that a text names; a UsageError says what is wrong at which place.
  virtual Picks read(std::string_view text) const = 0;

  /// The space's own spelling of valid picks.
  virtual std::string print(const Picks& picks) const = 0;

  /// The network of what is picked: `add_choice` at each place, and what all architectures have in common.
  virtual Graph build(const PickedPlaces& picked, const Task& task) const = 0;

 private:
  void expect_super_network() const;

  Choices choices_;
};

}  // namespace tse
