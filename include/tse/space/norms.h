#pragma once

#include <cstdint>

namespace tse {

/// What batch norms are in the parts that architectures choose between, and in the one behind them. Where one store
/// serves many architectures, running statistics are of none of them.
enum class Norms : std::uint8_t {
  own,    // scale, shift and running statistics, as in stand-alone networks
  batch,  // neither: the batch's statistics in evaluation too, a bias on the convolutions (one-shot, arXiv 2001.00326)
  running,  // running statistics, no scale and shift (DARTS, arXiv 1806.09055)
};

}  // namespace tse
