#include "bench/speed.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "bench/machine.h"
#include "bench/team.h"
#include "tse/base/table.h"
#include "tse/report/units.h"

namespace tse::cli {
namespace {

/// Of those that took part; null where one did not.
Json rate_of(const std::map<std::string, Standing>& standings, const std::string& name) {
  const auto found = standings.find(name);
  return found == standings.end() ? Json(nullptr) : Json(found->second.rate());
}

Json tuned_rate(const std::map<std::string, Standing>& standings) {
  const Json plain = rate_of(standings, "channels-last");
  const Json mixed = rate_of(standings, "channels-last-bf16");
  if (plain.is_null() || mixed.is_null()) return plain.is_null() ? mixed : plain;
  return std::max(plain.get<double>(), mixed.get<double>());
}

Json cell_json(const Entry& entry, const std::map<std::string, Standing>& standings, const MachineRates& rates) {
  const double fp32 = roofline(entry.graph, "fp32", rates);
  const double bf16 = roofline(entry.graph, "bf16", rates);
  return {{"space", entry.space},
          {"arch", entry.arch.text},
          {"eager", rate_of(standings, "eager")},
          {"tuned", tuned_rate(standings)},
          {"fp32", rate_of(standings, "fp32")},
          {"bf16", rate_of(standings, "bf16")},
          {"roofline_share", quotient(rate_of(standings, "fp32"), fp32)},
          {"roofline_share_bf16", quotient(rate_of(standings, "bf16"), bf16)},
          {"roofline", {{"fp32", fp32}, {"bf16", bf16}}},
          {"contestants", to_json(standings)}};
}

/// The geometric mean of a quotient over the cells; null where a cell has none.
Json mean_quotient(const Json& cells, const char* above, const char* below) {
  std::vector<double> ratios;
  for (const Json& cell : cells) {
    const Json ratio = quotient(cell.at(above), cell.at(below));
    if (ratio.is_null()) return nullptr;
    ratios.push_back(ratio.get<double>());
  }
  return geometric_mean(ratios);
}

}  // namespace

Json measure_training(const std::vector<Entry>& networks, const ContestOptions& options, const MachineRates& rates) {
  Json cells = Json::array();
  for (const Entry& network : networks) {
    std::cerr << fmt::format("network {} of {}: {} {}\n", cells.size() + 1, networks.size(), network.space,
                             network.arch.text);
    cells.push_back(cell_json(network, hold_contest(network, options), rates));
  }
  const Json geomean = {{"fp32", mean_quotient(cells, "fp32", "eager")},
                        {"bf16", mean_quotient(cells, "bf16", "eager")},
                        {"bf16_to_tuned", mean_quotient(cells, "bf16", "tuned")}};
  return {{"batch", options.batch},    {"rounds", options.rounds}, {"seconds", options.seconds},
          {"cells", std::move(cells)}, {"geomean", geomean},       {"rates", rates.to_json()}};
}

std::string training_text(const Json& result) {
  using enum TextTable::Align;
  TextTable table({{"space"},
                   {"cell"},
                   {"eager", right},
                   {"tuned", right},
                   {"fp32", right},
                   {"bf16", right},
                   {"fp32/eager", right},
                   {"bf16/eager", right},
                   {"bf16/tuned", right},
                   {"of roofline", right},
                   {"in bf16", right}});
  constexpr int kWidestArch = 78;  // a cell of NAS-Bench-201 is shown whole
  for (const Json& cell : result.at("cells")) {
    table.add({cell.at("space"), shorten_middle(cell.at("arch"), kWidestArch), text_of(cell.at("eager")),
               text_of(cell.at("tuned")), text_of(cell.at("fp32")), text_of(cell.at("bf16")),
               times(quotient(cell.at("fp32"), cell.at("eager"))), times(quotient(cell.at("bf16"), cell.at("eager"))),
               times(quotient(cell.at("bf16"), cell.at("tuned"))), percent(cell.at("roofline_share")),
               percent(cell.at("roofline_share_bf16"))});
  }
  const Json& mean = result.at("geomean");
  return fmt::format(
      "{}\n\nImages per second of the whole machine, batch {}, 3x32x32.\n\n{}\n"
      "Geometric means: fp32 {} eager, bf16 {} eager, bf16 {} tuned.\n",
      machine_text(result.at("machine")), result.at("batch").get<int>(), table.text(), times(mean.at("fp32")),
      times(mean.at("bf16")), times(mean.at("bf16_to_tuned")));
}

}  // namespace tse::cli
