#pragma once

#include <array>
#include <memory>

#include "tse/space/space.h"

namespace tse {

/// NAS-Bench-201 (Dong and Yang 2020, arXiv 2001.00326): a cell of four nodes whose six edges each carry one of five
/// operations, 5^6 = 15,625 cells, written `|op~0|+|op~0|op~1|+|op~0|op~1|op~2|`. The network stacks `cells` cells on
/// each of three stages of C, 2C and 4C channels, with a residual block of stride 2 between the stages.
struct Nb201Options {
  int channels = 16;  // C, of the first stage
  int cells = 5;      // N, per stage

  Options options();
};

class Nb201 final : public Space {
 public:
  /// The operation of each edge, in the order 1<-0, 2<-0, 2<-1, 3<-0, 3<-1, 3<-2, as an index into operations().
  using Edges = std::array<int, 6>;

  explicit Nb201(Nb201Options options);

  std::string spec() const override;
  Arch parse(std::string_view text) const override;
  Arch sample(Stream& random) const override;
  std::vector<Arch> neighbours(const Arch& arch) const override;

  /// Node by node, the sorted texts of the incoming edges: `none` and edges from nothing are "#", a skip connection is
  /// its source. This rule gives the 6,466 classes of the paper; it does not simplify sums of zeros, so it is a
  /// convention and no true functional equivalence.
  std::string canonical(const Arch& arch) const override;

  bool connected(const Arch& arch) const override;
  Graph lower(const Arch& arch, const Task& task) const override;
  Drawing draw(const Arch& arch) const override;
  std::optional<std::uint64_t> size() const override { return 15625; }
  Arch at(std::uint64_t index) const override;
  std::uint64_t index_of(const Arch& arch) const override;

  /// none, skip_connect, nor_conv_1x1, nor_conv_3x3, avg_pool_3x3: the order of the enumeration, first edge slowest.
  static const std::array<std::string_view, 5>& operations();

 private:
  Nb201Options options_;
};

}  // namespace tse
