#pragma once

#include "tse/base/option.h"
#include "tse/space/choice_space.h"

namespace tse {

/// NAS-Bench-201 (Dong and Yang 2020, arXiv 2001.00326): a cell of four nodes whose six edges each carry one of five
/// operations, 5^6 = 15,625 cells, written `|op~0|+|op~0|op~1|+|op~0|op~1|op~2|`. The network stacks `cells` cells on
/// each of three stages of C, 2C and 4C channels, with a residual block of stride 2 between the stages.
///
/// The places are the edges, edge_TO_FROM, in the order 1<-0, 2<-0, 2<-1, 3<-0, 3<-1, 3<-2; the options of each are
/// none, skip_connect, nor_conv_1x1, nor_conv_3x3, avg_pool_3x3. All cells of a network pick alike, but those of a
/// super-network's path, which may have an architecture each.
struct Nb201Options {
  int channels = 16;  // C, of the first stage
  int cells = 5;      // N, per stage

  Options options();
};

class Nb201 final : public ChoiceSpace {
 public:
  explicit Nb201(Nb201Options options);

  std::string spec() const override;

  /// Node by node, the sorted texts of the incoming edges: `none` and edges from nothing are "#", a skip connection is
  /// its source. This rule gives the 6,466 classes of the paper; it does not simplify sums of zeros, so it is a
  /// convention and no true functional equivalence.
  std::string canonical(const Arch& arch) const override;

  bool connected(const Arch& arch) const override;
  int cells() const override { return 3 * options_.cells; }
  Drawing draw(const Arch& arch) const override;

  /// The 6,466 classes but for the 5 of cells that are not connected.
  std::optional<std::uint64_t> distinct() const override { return 6461; }

 protected:
  Picks read(std::string_view text) const override;
  std::string print(const Picks& picks) const override;
  Graph build(const PickedPlaces& picked, const Task& task) const override;

 private:
  Nb201Options options_;
};

}  // namespace tse
