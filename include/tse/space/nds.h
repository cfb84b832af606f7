#pragma once

#include <array>
#include <string>
#include <vector>

#include "tse/base/option.h"
#include "tse/space/choice_space.h"

namespace tse {

/// The families of networks of which Radosavovic et al. 2019 (NDS, arXiv 1905.13214) sampled and trained thousands.
enum class NdsFamily { vanilla, resnet, resnext_a, resnext_b };

/// One of the three stages of a network: `depth` blocks of `width` channels, the first of stride 2 but in stage 1.
struct NdsStage {
  int depth = 1;
  int width = 16;
  int groups = 1;  // of the 3x3 convolution, in ResNeXt
  int ratio = 1;   // of `width` to the channels of that convolution, in ResNeXt

  bool operator==(const NdsStage&) const = default;
};

using NdsStages = std::array<NdsStage, 3>;

/// How an architecture is written: "d9w16-d9w32-d9w64", with `bottleneck` blocks "d3w64g8r2-d3w128g8r2-d3w256g8r2".
std::string nds_text(const NdsStages& stages, bool bottleneck);

/// The network of any stages, whether or not the space of the family has them, behind a stem of so many channels.
/// UsageError where the channels of a bottleneck are no whole number or not divisible by its groups.
Graph nds_network(NdsFamily family, const NdsStages& stages, int stem, const Task& task);

struct NdsOptions {
  int stem = 16;      // channels of the stem; pycls has 16 on CIFAR
  int max_depth = 0;  // of a stage, blocks; 0: as in the paper. Smaller spaces, in which architectures stay the same
  int max_width = 0;  // of a stage, channels; 0: as in the paper

  Options options();
};

/// The design spaces of NDS, three stages behind a 3x3 convolution, whose depths and widths (in ResNeXt also groups and
/// bottleneck ratios) are chosen each by itself, from values at equal logarithmic distances:
///
///   space               depth        width           groups          ratio    architectures
///   vanilla, resnet     9 of 1-24    12 of 16-256                             1,259,712
///   resnext-a           5 of 1-16    5 of 16-256     1, 2, 4         1, 2, 4  11,390,625
///   resnext-b           5 of 1-16    5 of 64-1024    1, 2, 4, 8, 16  1, 2, 4  52,734,375
///
/// The paper does not say how its values are rounded. Here each is the nearest whole number, and at least one more than
/// the one before: depths 1, 2, 3, 4, 5, 7, 11, 16, 24 and widths 16, 21, 26, 34, 44, 56, 73, 93, 120, 155, 199, 256;
/// those of ResNeXt are powers of two.
///
/// A block of `vanilla` is two 3x3 convolutions, each with batch norm and ReLU; of `resnet` the same around a shortcut,
/// with the last ReLU behind their sum; of ResNeXt a bottleneck: 1x1, 3x3 in groups, 1x1. A shortcut whose width or
/// stride changes is a 1x1 convolution with batch norm. Weights are drawn as pycls draws them.
///
/// No two architectures are isomorphic. They share no weights, so there is no super-network.
class Nds final : public ChoiceSpace {
 public:
  Nds(NdsFamily family, NdsOptions options);

  std::string spec() const override;
  std::string canonical(const Arch& arch) const override { return parse(arch.text).text; }
  bool connected(const Arch& /*arch*/) const override { return true; }
  bool has_super_network() const override { return false; }
  Drawing draw(const Arch& arch) const override;

 protected:
  Picks read(std::string_view text) const override;
  std::string print(const Picks& picks) const override;
  Graph build(const PickedPlaces& picked, const Task& task) const override;

 private:
  NdsStages stages_of(const Picks& picks) const;

  NdsFamily family_;
  NdsOptions options_;
};

/// The name of the space of a family, and one sentence about it.
std::string nds_name(NdsFamily family);
std::string nds_summary(NdsFamily family);

}  // namespace tse
