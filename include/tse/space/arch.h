#pragma once

#include <compare>
#include <string>

namespace tse {

/// An architecture of a search space, as the text that the space prints and parses. Two archs with equal texts are the
/// same; two with different texts may still be isomorphic, which the space's `canonical` tells.
struct Arch {
  std::string text;

  auto operator<=>(const Arch&) const = default;
};

}  // namespace tse
