#include "bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <iostream>

#include "archs.h"
#include "conversation.h"
#include "manifest.h"
#include "programs.h"
#include "roofline.h"
#include "tse/base/error.h"
#include "tse/base/table.h"
#include "tse/data/data.h"
#include "tse/report/units.h"

namespace tse::cli {
namespace {

constexpr double kRateSeconds = 0.2;  // of one convolution in one direction, at the most

/// Eight cells of NAS-Bench-201, from convolutions alone to none.
const std::vector<std::string> kPanel = {
    "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|",
    "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|",
    "|nor_conv_1x1~0|+|nor_conv_1x1~0|nor_conv_1x1~1|+|nor_conv_1x1~0|nor_conv_1x1~1|nor_conv_1x1~2|",
    "|avg_pool_3x3~0|+|avg_pool_3x3~0|avg_pool_3x3~1|+|avg_pool_3x3~0|avg_pool_3x3~1|avg_pool_3x3~2|",
    "|skip_connect~0|+|skip_connect~0|skip_connect~1|+|skip_connect~0|skip_connect~1|skip_connect~2|",
    "|nor_conv_1x1~0|+|avg_pool_3x3~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|nor_conv_3x3~2|",
    "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|",
    "|nor_conv_3x3~0|+|none~0|avg_pool_3x3~1|+|skip_connect~0|none~1|nor_conv_1x1~2|",
};

Json machine_json() {
  Json facts = manifest();
  Conversation versions(find_program("tse-bench"), {{"contest", "versions"}});
  facts["engine"] = versions.receive();
  return facts;
}

std::string machine_text(const Json& machine) {
  return fmt::format("{} cores of {}, {}, libtorch {}, oneDNN {}", machine.at("cores").get<int>(),
                     machine.at("cpu").get<std::string>(), machine.at("system").get<std::string>(),
                     machine.at("engine").at("libtorch").get<std::string>(),
                     machine.at("engine").at("onednn").get<std::string>());
}

MachineRates measure_rates(const std::vector<Entry>& entries, double seconds) {
  std::vector<Graph> graphs;
  for (const Entry& entry : entries) graphs.push_back(entry.graph);
  return measure_machine(graphs, std::min(seconds, kRateSeconds), [](int done, int total) {
    if (done % 20 == 0) std::cerr << fmt::format("convolution {} of {}\n", done + 1, total);
  });
}

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

Json quotient(const Json& above, const Json& below) {
  if (above.is_null() || below.is_null()) return nullptr;
  return above.get<double>() / below.get<double>();
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
Json geometric_mean(const Json& cells, const char* above, const char* below) {
  double logarithms = 0;
  for (const Json& cell : cells) {
    const Json ratio = quotient(cell.at(above), cell.at(below));
    if (ratio.is_null()) return nullptr;
    logarithms += std::log(ratio.get<double>());
  }
  return std::exp(logarithms / static_cast<double>(cells.size()));
}

std::string text_of(const Json& value) { return value.is_null() ? "-" : number_text(value.get<double>()); }

std::string fixed(const Json& value) { return value.is_null() ? "-" : fixed_text(value.get<double>(), 4); }
std::string times(const Json& value) { return value.is_null() ? "-" : fixed_text(value.get<double>(), 2) + "x"; }
std::string percent(const Json& value) {
  return value.is_null() ? "-" : fmt::format("{:.0f} %", 100 * value.get<double>());
}

std::string train_text(const Json& result) {
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
  for (const Json& cell : result.at("cells")) {
    table.add({cell.at("space"), cell.at("arch"), text_of(cell.at("eager")), text_of(cell.at("tuned")),
               text_of(cell.at("fp32")), text_of(cell.at("bf16")), times(quotient(cell.at("fp32"), cell.at("eager"))),
               times(quotient(cell.at("bf16"), cell.at("eager"))), times(quotient(cell.at("bf16"), cell.at("tuned"))),
               percent(cell.at("roofline_share")), percent(cell.at("roofline_share_bf16"))});
  }
  const Json& mean = result.at("geomean");
  return fmt::format(
      "{}\n\nImages per second of the whole machine, batch {}, 3x32x32.\n\n{}\n"
      "Geometric means: fp32 {} eager, bf16 {} eager, bf16 {} tuned.\n",
      machine_text(result.at("machine")), result.at("batch").get<int>(), table.text(), times(mean.at("fp32")),
      times(mean.at("bf16")), times(mean.at("bf16_to_tuned")));
}

std::string machine_table(const Json& result) {
  using enum TextTable::Align;
  TextTable table({{"in", right},
                   {"size", right},
                   {"out", right},
                   {"kernel", right},
                   {"stride", right},
                   {"direction"},
                   {"precision"},
                   {"GFLOP/s", right}});
  for (const Json& entry : result.at("rates").at("convolutions")) {
    table.add({entry.at("in").dump(), entry.at("height").dump(), entry.at("out").dump(), entry.at("kernel").dump(),
               entry.at("stride").dump(), entry.at("direction"), entry.at("precision"), text_of(entry.at("gflops"))});
  }
  return fmt::format("{}\n\nCopies, read and written: {} GB/s\n\n{}", machine_text(result.at("machine")),
                     text_of(result.at("rates").at("copy_gbytes_per_second")), table.text());
}

}  // namespace

void BenchVerb::setup(CLI::App& app) {
  app.require_subcommand(1);
  const auto add = [&](const char* name, const char* summary, int (BenchVerb::*measure)() const) {
    CLI::App* sub = app.add_subcommand(name, summary);
    sub->add_option("--space", spaces, "search space, more than once for several; default nb201 and a small one");
    sub->add_option(
        "--archs", archs,
        "a number of architectures to draw, or a file of them; default a panel of eight, or 40 for precision");
    add_json(*sub, json);
    sub->callback([this, measure] { chosen = [this, measure] { return (this->*measure)(); }; });
    return sub;
  };
  CLI::App* train =
      add("train", "images per second of tse and of PyTorch's eager loop, taking turns", &BenchVerb::train);
  train->add_option("--contestants", contest.contestants, "who takes part")
      ->delimiter(',')
      ->check(CLI::IsMember(contestants()));
  const Option least{"seconds", &contest.seconds, "least length of a measurement", between(0, 3600)};
  add_options(*train, {least,
                       {"batch", &contest.batch, "images per step", between(1, 65536)},
                       {"rounds", &contest.rounds, "turns of each contestant", between(1, 1000)}});
  CLI::App* precision = add("precision", "whether bf16 ranks architectures as fp32 does", &BenchVerb::precision);
  add_options(*precision, {{"data", &precisions.data, "images", {}},
                           {"batch", &precisions.batch, "images per step", between(1, 65536)},
                           {"steps", &precisions.steps, "of each training", between(1, 1000000)}});
  CLI::App* machine = add("machine", "rates of convolutions and of copies, all cores at once", &BenchVerb::machine);
  add_options(*machine, {least});
}

int BenchVerb::run(Context& /*context*/) {
  std::signal(SIGPIPE, SIG_IGN);  // a contestant that died is told of when it does not answer
  return chosen();
}

std::vector<Entry> BenchVerb::entries() const {
  std::vector<Entry> all;
  for (const std::string& text : spaces) {
    const auto space = make_space(text);
    std::vector<Arch> list;
    if (archs.empty()) {
      for (const std::string& cell : kPanel) list.push_back(space->parse(cell));
    } else {
      list = read_archs(archs, *space, 0);
    }
    for (const Arch& arch : list) all.push_back({space->spec(), arch, space->lower(arch, Task{})});
  }
  return all;
}

int BenchVerb::train() const {
  const std::vector<Entry> all = entries();
  Json result = {{"machine", machine_json()},
                 {"batch", contest.batch},
                 {"rounds", contest.rounds},
                 {"seconds", contest.seconds},
                 {"cells", Json::array()}};
  const MachineRates rates = measure_rates(all, contest.seconds);
  for (const Entry& entry : all) {
    std::cerr << fmt::format("network {} of {}: {} {}\n", result["cells"].size() + 1, all.size(), entry.space,
                             entry.arch.text);
    result["cells"].push_back(cell_json(entry, hold_contest(entry, contest), rates));
  }
  const Json& cells = result["cells"];
  result["geomean"] = {{"fp32", geometric_mean(cells, "fp32", "eager")},
                       {"bf16", geometric_mean(cells, "bf16", "eager")},
                       {"bf16_to_tuned", geometric_mean(cells, "bf16", "tuned")}};
  result["rates"] = rates.to_json();
  if (json) {
    print_json(result);
  } else {
    std::cout << train_text(result);
  }
  return kExitDone;
}

int BenchVerb::machine() const {
  const Json result = {{"machine", machine_json()}, {"rates", measure_rates(entries(), contest.seconds).to_json()}};
  if (json) {
    print_json(result);
  } else {
    std::cout << machine_table(result);
  }
  return kExitDone;
}

int BenchVerb::precision() const {
  const auto space = make_space(spaces.back());
  const std::vector<Arch> list = read_archs(archs.empty() ? "40" : archs, *space, 0);
  make_data(precisions.data);  // a wrong name is better said here than by a process
  Json result = {{"machine", machine_json()}};
  result.update(compare_precisions(*space, list, precisions, [](int done, int total) {
    if (done % 12 == 0) std::cerr << fmt::format("training {} of {}\n", done + 1, total);
  }));
  if (json) {
    print_json(result);
    return kExitDone;
  }
  const auto line = [&](const char* key) {
    const Json& found = result.at(key);
    return fmt::format("{} [{}, {}]", fixed(found.at("spearman")), fixed(found.at("ci95")[0]),
                       fixed(found.at("ci95")[1]));
  };
  std::cout << fmt::format(
      "{}\n\n{} architectures of {} on {}, {} steps of {} images: Spearman of the mean training losses\n\n"
      "fp32 and bf16                          {}\nfp32 and fp32 with noise on its weights  {}\n",
      machine_text(result.at("machine")), list.size(), space->spec(), precisions.data, precisions.steps,
      precisions.batch, line("fp32_to_bf16"), line("fp32_to_noise"));
  return kExitDone;
}

}  // namespace tse::cli
