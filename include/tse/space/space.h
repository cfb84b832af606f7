#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tse/base/random.h"
#include "tse/base/registry.h"
#include "tse/space/arch.h"
#include "tse/space/shape.h"

namespace tse {

class Graph;  // tse/space/graph.h

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
/// in the registry is held to the contract in tests/space/space_contract_test.cpp.
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

  /// How many architectures there are; nothing where they cannot be enumerated.
  virtual std::optional<std::uint64_t> size() const { return std::nullopt; }

  /// The architecture at an index of the enumeration, below size().
  virtual Arch at(std::uint64_t index) const;

  virtual std::uint64_t index_of(const Arch& arch) const;
};

const Registry<std::shared_ptr<const Space>>& spaces();

/// The space that a string names.
std::shared_ptr<const Space> make_space(std::string_view text);

/// Drawn uniformly, connected, and no two of one canonical form. A UsageError where the space has not that many.
std::vector<Arch> sample_unique(const Space& space, int count, std::uint64_t seed);

/// The Graphviz program of a drawing.
std::string to_dot(const Drawing& drawing);

}  // namespace tse
