#pragma once

#include <string>
#include <vector>

#include "tse/base/random.h"
#include "tse/space/random_graphs.h"

namespace tse {

/// One of the random graphs with its parameters. Those that its generator does not have are 0.
struct WiringSetting {
  enum class Generator { ws, er, ba };

  static constexpr int kOne = 1'000'000;  // a probability of 1

  Generator generator = Generator::ws;
  int k = 0;  // of ws: the nearest on the ring
  int p = 0;  // of ws and er: a probability in millionths, so that texts are exact
  int m = 0;  // of ba: edges of a new node

  bool operator==(const WiringSetting&) const = default;
};

/// "ws(k=4,p=0.75)", "er(p=0.2)", "ba(m=5)".
std::string to_text(const WiringSetting& setting);

/// The probability as the texts have it: "0.75".
std::string probability_text(int millionths);

/// Whether there are such graphs of so many nodes, and at least one in a thousand is connected: else what was expected,
/// as "an even k in [2, 27]".
std::string fault_of(const WiringSetting& setting, int nodes);

/// The settings of our study of Figure 12 of arXiv 2006.04492, whose own 69 are not published: WS with k in {2,4,6,8}
/// and p in {0, 0.1, ..., 1}, ER with p in {0.1, 0.15, ..., 0.95}, BA with m in {1, ..., 7}, in this order.
std::vector<WiringSetting> study_settings();

/// Those with one parameter a step of that study smaller or larger, in a fixed order: k-, k+, p-, p+, m-, m+. They may
/// be none of the study, or none at all (`fault_of`).
std::vector<WiringSetting> next_to(const WiringSetting& setting);

/// One of its graphs, drawn until one is connected.
Wiring draw_connected(const WiringSetting& setting, int nodes, Stream& random);

}  // namespace tse
