#pragma once

#include <cstdint>
#include <vector>

namespace tse {

/// What batch norms are in the parts that architectures choose between, and in the one behind them. Where one store
/// serves many architectures, running statistics are of none of them.
enum class Norms : std::uint8_t {
  own,    // scale, shift and running statistics, as in stand-alone networks
  batch,  // neither: the batch's statistics in evaluation too, a bias on the convolutions (one-shot, arXiv 2001.00326)
  running,  // running statistics, no scale and shift (DARTS, arXiv 1806.09055)
};

/// Which mixture of architectures.
struct Mixture {
  Norms norms = Norms::own;

  /// The first channels of a place's input, one in so many, go through the options; the others pass by, and all are
  /// shuffled behind (PC-DARTS, arXiv 1907.05737). 1: all go through. What options learn is of another shape then.
  int part = 1;

  /// By place, the options that are in the mixture, ascending; none given: all of every place.
  std::vector<std::vector<int>> kept = {};

  bool operator==(const Mixture&) const = default;
};

}  // namespace tse
