#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tse/base/random.h"
#include "tse/base/registry.h"
#include "tse/space/arch.h"
#include "tse/space/choices.h"
#include "tse/space/norms.h"
#include "tse/space/shape.h"

namespace tse {

class Graph;  // tse/space/graph.h

/// A share of each option of each place, of the mixture that they make.
using Shares = std::vector<std::vector<double>>;

/// What a network is for.
struct Task {
  Shape input{.channels = 3, .height = 32, .width = 32};
  int classes = 10;

  bool operator==(const Task&) const = default;
};

/// A small directed graph that says what an architecture is, for people: the nodes of a cell and the operations on its
/// edges.
struct Drawing {
  struct Edge {
    int from = 0;
    int to = 0;
    std::string label;
    bool dead = false;  // carries nothing: drawn faintly

    bool operator==(const Edge&) const = default;
  };
  std::vector<std::string> nodes;  // in topological order
  std::vector<Edge> edges;

  bool operator==(const Drawing&) const = default;
};

/// A set of architectures, and how each becomes a network. Implementations are immutable and cheap to make. Every one
/// in the registry is held to the contract in tse/space/check.h.
class Space {
 public:
  virtual ~Space() = default;

  /// The shortest string that names this space: "nb201:channels=8,cells=1".
  virtual std::string spec() const = 0;

  /// The architecture that a text names, in the space's own spelling; a UsageError says what is wrong at which place.
  virtual Arch parse(std::string_view text) const = 0;

  /// Uniform over all architectures of the space.
  virtual Arch sample(Stream& random) const = 0;

  /// All architectures that differ in one choice, in a fixed order.
  virtual std::vector<Arch> neighbours(const Arch& arch) const = 0;

  /// Equal for architectures that are isomorphic by the space's own rule.
  virtual std::string canonical(const Arch& arch) const = 0;

  /// Whether any path leads from the images to the output.
  virtual bool connected(const Arch& arch) const = 0;

  virtual Graph lower(const Arch& arch, const Task& task) const = 0;

  virtual Drawing draw(const Arch& arch) const = 0;

  /// An architecture as the space's authors write it, which `parse` reads too; nothing where that is its own text.
  virtual std::optional<std::string> published_form(const Arch& /*arch*/) const { return std::nullopt; }

  /// How many architectures there are; nothing where they cannot be enumerated.
  virtual std::optional<std::uint64_t> size() const { return std::nullopt; }

  /// The architecture at an index of the enumeration, below size().
  virtual Arch at(std::uint64_t index) const;

  virtual std::uint64_t index_of(const Arch& arch) const;

  /// How many connected architectures of different canonical form there are, where that is known.
  virtual std::optional<std::uint64_t> distinct() const { return std::nullopt; }

  /// The setting of the generator that an architecture was drawn from, as "ws(k=4,p=0.75)". UsageError where the space
  /// has no such generator.
  virtual std::string setting_of(const Arch& arch) const;

  /// The first so many architectures of each setting that `sample` draws from, setting by setting; else the same error.
  virtual std::vector<Arch> of_each_setting(int count) const;

  /// What the architectures choose between; null where they are no picks of places. tse/space/choice_space.h derives
  /// most of a space from it. What follows is a UsageError without.
  virtual const Choices* choices() const { return nullptr; }

  /// The option that an architecture takes at each place.
  virtual Picks picks_of(const Arch& arch) const;

  /// Its inverse. UsageError, naming the place, where these are no picks of the choices.
  virtual Arch arch_of(const Picks& picks) const;

  /// Whether its architectures are parts of one super-network; what follows is a UsageError where they are not.
  virtual bool has_super_network() const { return choices() != nullptr; }

  /// How many cells may take architectures of their own in a super-network; 1 where all take one.
  virtual int cells() const { return 1; }

  /// The network of `lower` as a part of the super-network: the same nodes, but what an option learns is named by the
  /// option too, so that all architectures run on one store and share what they have in common. `path` is one
  /// architecture of all cells, or one for each. With other norms than its own the network differs in these, and in
  /// biases.
  virtual Graph sub_network(std::span<const Arch> path, const Task& task, Norms norms) const;
  Graph sub_network(const Arch& arch, const Task& task, Norms norms = Norms::own) const;

  /// The places whose options the mixture mixes, by whose names it has its architecture weights: those of the choices,
  /// where the space says no others. UsageError where it states no choices.
  virtual const Choices& mixture_choices() const;

  /// What a differentiable search finds, by the shares of the mixture's options: the option of the greatest share at
  /// each place, the first of equal ones, where the space has no rule of its own.
  virtual Arch derived(const Shares& shares) const;

  /// The mixture of all architectures, as differentiable search trains it: at each place the sum of all its options,
  /// each times its coefficient among the architecture weights of the place's name. It has all that sub-networks learn,
  /// under the same names; with a coefficient of 1 for the picks and 0 elsewhere it computes the sub-network.
  /// UsageError where the space cannot be mixed so.
  virtual Graph mixed(const Task& task, const Mixture& mixture) const;
  Graph mixed(const Task& task, Norms norms = Norms::own) const;
};

const Registry<std::shared_ptr<const Space>>& spaces();

/// Adds a space of one's own to the registry, for the life of the program: from then on its name makes it wherever a
/// string does. `OneSpace` is made of a `Settings`, whose options() the string may set; `summary` is one sentence with
/// its source. Once per name, at any time and from any thread, a static initialiser included. UsageError where the name
/// is taken or cannot be written in a string.
template <class OneSpace, class Settings>
void register_space(const std::string& name, const std::string& summary);

void register_space(Entry<std::shared_ptr<const Space>> entry);

/// The space that a string names.
std::shared_ptr<const Space> make_space(std::string_view text);

/// Drawn uniformly, connected, and no two of one canonical form. A UsageError where the space has not that many: at
/// once where their number is known, else after many draws.
std::vector<Arch> sample_unique(const Space& space, int count, std::uint64_t seed);

/// The registry's line of a space.
template <class OneSpace, class Settings>
Entry<std::shared_ptr<const Space>> space_line(const std::string& name, const std::string& summary) {
  return line_with<std::shared_ptr<const Space>, Settings>(
      "space", name, summary, [](const Settings& settings) { return std::make_shared<const OneSpace>(settings); });
}

template <class OneSpace, class Settings>
void register_space(const std::string& name, const std::string& summary) {
  register_space(space_line<OneSpace, Settings>(name, summary));
}

/// The Graphviz program of a drawing.
std::string to_dot(const Drawing& drawing);

}  // namespace tse
