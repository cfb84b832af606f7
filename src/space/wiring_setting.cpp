#include "tse/space/wiring_setting.h"

#include <fmt/format.h>

namespace tse {
namespace {

using Generator = WiringSetting::Generator;

constexpr int kPercent = WiringSetting::kOne / 100;
constexpr double kLeastConnected = 1e-3;  // of the graphs, so that drawing one takes no time

/// Of the study's values of p.
int step_of_p(Generator generator) { return (generator == Generator::ws ? 10 : 5) * kPercent; }

double probability(const WiringSetting& setting) { return static_cast<double>(setting.p) / WiringSetting::kOne; }

Wiring draw(const WiringSetting& setting, int nodes, Stream& random) {
  switch (setting.generator) {
    case Generator::ws:
      return watts_strogatz(nodes, setting.k, probability(setting), random);
    case Generator::er:
      return erdos_renyi(nodes, probability(setting), random);
    default:
      return barabasi_albert(nodes, setting.m, random);
  }
}

}  // namespace

std::string probability_text(int millionths) {
  std::string text = fmt::format("{}.{:06}", millionths / WiringSetting::kOne, millionths % WiringSetting::kOne);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string to_text(const WiringSetting& setting) {
  switch (setting.generator) {
    case Generator::ws:
      return fmt::format("ws(k={},p={})", setting.k, probability_text(setting.p));
    case Generator::er:
      return fmt::format("er(p={})", probability_text(setting.p));
    default:
      return fmt::format("ba(m={})", setting.m);
  }
}

std::string fault_of(const WiringSetting& setting, int nodes) {
  if (setting.generator == Generator::ba)
    return setting.m >= 1 && setting.m < nodes ? "" : fmt::format("m in [1, {}]", nodes - 1);
  if (setting.p < 0 || setting.p > WiringSetting::kOne) return "p in [0, 1]";
  if (setting.generator == Generator::ws)
    return setting.k >= 2 && setting.k < nodes && setting.k % 2 == 0 ? ""
                                                                     : fmt::format("an even k in [2, {}]", nodes - 1);
  if (probability_connected(nodes, probability(setting)) >= kLeastConnected) return "";
  return fmt::format("a p at which at least one graph in {} of {} nodes is connected", 1 / kLeastConnected, nodes);
}

std::vector<WiringSetting> study_settings() {
  std::vector<WiringSetting> list;
  for (int k = 2; k <= 8; k += 2) {
    for (int p = 0; p <= 100; p += 10) list.push_back({.generator = Generator::ws, .k = k, .p = p * kPercent});
  }
  for (int p = 10; p <= 95; p += 5) list.push_back({.generator = Generator::er, .p = p * kPercent});
  for (int m = 1; m <= 7; ++m) list.push_back({.generator = Generator::ba, .m = m});
  return list;
}

std::vector<WiringSetting> next_to(const WiringSetting& setting) {
  std::vector<WiringSetting> list;
  const auto add = [&](int WiringSetting::* parameter, int step) {
    for (const int by : {-step, step}) {
      list.push_back(setting);
      list.back().*parameter += by;
    }
  };
  if (setting.generator == Generator::ws) add(&WiringSetting::k, 2);
  if (setting.generator != Generator::ba) add(&WiringSetting::p, step_of_p(setting.generator));
  if (setting.generator == Generator::ba) add(&WiringSetting::m, 1);
  return list;
}

Wiring draw_connected(const WiringSetting& setting, int nodes, Stream& random) {
  for (;;) {
    Wiring graph = draw(setting, nodes, random);
    if (is_connected(graph)) return graph;
  }
}

}  // namespace tse
