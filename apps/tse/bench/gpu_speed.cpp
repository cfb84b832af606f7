#include "bench/gpu_speed.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "bench/machine.h"
#include "bench/team.h"
#include "tse/base/table.h"
#include "tse/report/units.h"

namespace tse::cli {
namespace {

constexpr const char* kRivals[] = {"eager", "recorded-lanes"};

/// What a contestant's rate is of a rival's, cell by cell; nothing where one of them did not take part.
std::vector<double> ratios(const Json& cells, const std::string& name, const std::string& rival) {
  std::vector<double> list;
  for (const Json& cell : cells) {
    const Json& all = cell.at("contestants");
    if (!all.contains(name) || !all.contains(rival)) return {};
    list.push_back(all.at(name).at("images_per_second").get<double>() /
                   all.at(rival).at("images_per_second").get<double>());
  }
  return list;
}

Json mean_and_least(const std::vector<double>& list) {
  return {{"geomean", geometric_mean(list)}, {"least", std::ranges::min(list)}};
}

/// The contestants that an object has as its keys, in the order in which they are known.
std::vector<std::string> those_in(const Json& object, const Json& result) {
  std::vector<std::string> names = contestants(result.at("device").get<std::string>());
  std::erase_if(names, [&](const std::string& name) { return !object.contains(name); });
  return names;
}

std::string rate_text(double rate) { return fmt::format("{:.0f}", rate); }

}  // namespace

Json measure_gpu_training(const std::vector<Entry>& networks, const ContestOptions& options) {
  Json cells = Json::array();
  for (const Entry& network : networks) {
    std::cerr << fmt::format("network {} of {}: {} {}\n", cells.size() + 1, networks.size(), network.space,
                             network.arch.text);
    cells.push_back({{"space", network.space},
                     {"arch", network.arch.text},
                     {"contestants", to_json(hold_contest(network, options))}});
  }
  Json times = Json::object();
  for (const auto& [name, standing] : cells.front().at("contestants").items()) {
    for (const char* rival : kRivals) {
      const std::vector<double> list = ratios(cells, name, rival);
      if (name != rival && !list.empty()) times[rival][name] = mean_and_least(list);
    }
  }
  return {{"device", options.device}, {"batch", options.batch},     {"rounds", options.rounds},
          {"lanes", options.lanes},   {"seconds", options.seconds}, {"cells", std::move(cells)},
          {"times", std::move(times)}};
}

std::string gpu_training_text(const Json& result) {
  const Json& machine = result.at("machine");
  const Json& engine = machine.at("engine");
  std::string text = fmt::format(
      "{} (driver {}, CUDA {}, cuDNN {}), {}, libtorch {}\n\n"
      "Images per second of the whole device, batch {}, 3x32x32; `lanes`: {} trainings at once.\n",
      engine.value("gpu", "a GPU"), engine.value("driver", "?"), engine.value("cuda", "?"), engine.value("cudnn", "?"),
      machine.at("system").get<std::string>(), engine.at("libtorch").get<std::string>(), result.at("batch").get<int>(),
      result.at("lanes").get<int>());
  constexpr int kWidestArch = 78;  // a cell of NAS-Bench-201 is shown whole
  using enum TextTable::Align;
  for (const Json& cell : result.at("cells")) {
    text += fmt::format("\n{} {}\n", cell.at("space").get<std::string>(),
                        shorten_middle(cell.at("arch").get<std::string>(), kWidestArch));
    TextTable table({{"contestant"}, {"images/s", right}, {"slowest turn", right}, {"fastest", right}});
    for (const std::string& name : those_in(cell.at("contestants"), result)) {
      const Json& standing = cell.at("contestants").at(name);
      const auto rounds = standing.at("rounds").get<std::vector<double>>();
      const auto [slowest, fastest] = std::ranges::minmax(rounds);
      table.add(
          {name, rate_text(standing.at("images_per_second").get<double>()), rate_text(slowest), rate_text(fastest)});
    }
    text += table.text();
  }
  for (const auto& [rival, names] : result.at("times").items()) {
    TextTable table({{"contestant"}, {"geometric mean", right}, {"least", right}});
    for (const std::string& name : those_in(names, result))
      table.add({name, times(names.at(name).at("geomean")), times(names.at(name).at("least"))});
    text += fmt::format("\nAs fast as `{}`:\n\n{}", rival, table.text());
  }
  return text;
}

}  // namespace tse::cli
