#pragma once

#include <string>
#include <vector>

#include "tse/base/option.h"
#include "tse/space/space.h"
#include "tse/space/wiring_setting.h"

namespace tse {

struct RandWiredOptions {
  int nodes = 28;       // N, of each of the three graphs; 32 in the original
  int channels = 78;    // C of the first graph, 2C and 4C of the others; half of them in the stem's first
  int halvings = 0;     // of the stem's two convolutions, the last so many have stride 2: 0 for 32 px, 2 for 224
  int features = 1280;  // of the convolution before the classifier
  std::string generator = "any";  // the only one there is
  int k = 0;                      // the only one of ws; 0: any
  double p = -1;                  // the only one of ws and er; -1: any
  int m = 0;                      // the only one of ba; 0: any

  Options options();
};

/// Randomly wired networks (Xie et al. 2019, arXiv 1904.01569), the small regime: two convolutions, three random
/// graphs, a convolution and a classifier. A node of a graph is a sum of its inputs, each times the sigmoid of a
/// learned number, then ReLU, a depthwise separable convolution and batch norm; nodes without inputs read what the
/// graph before gave, with stride 2, and the mean of the nodes without successors is what the graph gives.
///
/// An architecture is the generator's setting and a seed, written `ws(k=4,p=0.75,seed=3)`, `er(p=0.2,seed=3)` or
/// `ba(m=5,seed=3)`; p has at most six decimals. The three graphs are drawn from it, each from a stream of its own,
/// until they are connected. Sampled are the settings of our study (`study_settings`) that the options leave, with
/// equal chances; read are all others too.
class RandWired final : public Space {
 public:
  static constexpr int kMostSeeds = 1'000'000;  // seeds are smaller

  explicit RandWired(RandWiredOptions options);

  std::string spec() const override;
  Arch parse(std::string_view text) const override;
  Arch sample(Stream& random) const override;

  /// The seed before and the one after, then a parameter a step of the study smaller or larger. Each generator is by
  /// itself.
  std::vector<Arch> neighbours(const Arch& arch) const override;

  /// The three graphs, node by node: equal for equal networks, as of all seeds of `ws(k=4,p=0)`. The same graph with
  /// its nodes in another order, which is not looked for, would be one too.
  std::string canonical(const Arch& arch) const override;
  bool connected(const Arch& arch) const override;
  Graph lower(const Arch& arch, const Task& task) const override;

  /// The first of the three graphs.
  Drawing draw(const Arch& arch) const override;

  std::string setting_of(const Arch& arch) const override;
  std::vector<Arch> of_each_setting(int count) const override;

  /// The graph of a stage, 1 to 3.
  Wiring wiring(const Arch& arch, int stage) const;

 private:
  struct Wired {
    WiringSetting setting;
    int seed = 0;
  };

  Wired read(std::string_view text) const;
  static Arch print(const Wired& wired);
  Wiring wiring(const Wired& wired, int stage) const;

  /// Whether the options leave it.
  bool leaves(const WiringSetting& setting) const;

  RandWiredOptions options_;
  std::vector<WiringSetting> settings_;  // sampled
};

}  // namespace tse
