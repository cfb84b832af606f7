#include "verbs/bench.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <csignal>
#include <iostream>

#include "bench/gpu_speed.h"
#include "bench/machine.h"
#include "bench/roofline.h"
#include "bench/speed.h"
#include "tse/base/error.h"
#include "tse/base/table.h"
#include "tse/data/data.h"
#include "tse/report/units.h"
#include "tse/space/speed_panel.h"
#include "tse/trial/recipe.h"
#include "tse/workflow/archs.h"

namespace tse::cli {
namespace {

constexpr double kRateSeconds = 0.2;  // of one convolution in one direction, at the most

MachineRates measure_rates(const std::vector<Entry>& entries, double seconds) {
  std::vector<Graph> graphs;
  for (const Entry& entry : entries) graphs.push_back(entry.graph);
  return measure_machine(graphs, std::min(seconds, kRateSeconds), [](int done, int total) {
    if (done % 20 == 0) std::cerr << fmt::format("convolution {} of {}\n", done + 1, total);
  });
}

/// The panel's architectures in this space, which may have other options than the panel's.
std::vector<Arch> panel_archs(const SpeedPanel& panel, const std::string& text, const Space& space) {
  const auto name = [](std::string_view spec) { return spec.substr(0, spec.find(':')); };
  for (const SpeedPanelPart& part : panel.parts) {
    if (name(part.space) != name(text)) continue;
    std::vector<Arch> list;
    for (const std::string& arch : part.archs) list.push_back(space.parse(arch));
    return list;
  }
  throw UsageError("--space", "expected one that panel {} has networks of, or --archs; got {}", panel.name, text);
}

std::string contestants_help() {
  return fmt::format("who takes part: on a CPU {}; on a GPU {}", fmt::join(contestants("cpu"), ", "),
                     fmt::join(contestants("cuda"), ", "));
}

std::string fixed(const Json& value) { return value.is_null() ? "-" : fixed_text(value.get<double>(), 4); }

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

std::string precision_text(const Json& result) {
  const auto line = [&](const char* key) {
    const Json& found = result.at(key);
    return fmt::format("{} [{}, {}]", fixed(found.at("spearman")), fixed(found.at("ci95")[0]),
                       fixed(found.at("ci95")[1]));
  };
  return fmt::format(
      "{}\n\n{} architectures of {} on {}, {} steps of {} images: Spearman of the mean training losses\n\n"
      "fp32 and bf16                          {}\nfp32 and fp32 with noise on its weights  {}\n",
      machine_text(result.at("machine")), result.at("mean_losses").size(), result.at("space").get<std::string>(),
      result.at("data").get<std::string>(), result.at("steps").get<int>(), result.at("batch").get<int>(),
      line("fp32_to_bf16"), line("fp32_to_noise"));
}

}  // namespace

void BenchVerb::setup(CLI::App& app) {
  app.require_subcommand(1);
  const auto add = [&](const char* name, const char* summary, int (BenchVerb::*measure)() const) {
    CLI::App* sub = app.add_subcommand(name, summary);
    add_json(*sub, json);
    sub->callback([this, measure] { chosen = [this, measure] { return (this->*measure)(); }; });
    return sub;
  };
  const auto add_networks = [&](CLI::App* sub) {
    sub->add_option("--space", spaces, "search space, more than once for several; default those of the panel");
    sub->add_option("--archs", archs,
                    "a number of architectures to draw, or a file of them; default the panel's, or 40 for precision");
    sub->add_option("--panel", panel, "networks to measure")
        ->check(CLI::IsMember(speed_panel_names()))
        ->capture_default_str();
  };
  CLI::App* train =
      add("train", "images per second of tse and of PyTorch's eager loop, taking turns", &BenchVerb::train);
  add_networks(train);
  train->add_option("--contestants", contest.contestants, contestants_help())->delimiter(',');
  const Option least{"seconds", &contest.seconds, "least length of a measurement", between(0, 3600)};
  add_options(*train,
              {least,
               {"batch", &contest.batch, "images per step", between(1, 65536)},
               {"rounds", &contest.rounds, "turns of each contestant", between(1, 1000)},
               {"device", &contest.device, "where: cpu, cuda or cuda:N", {}},
               {"lanes", &contest.lanes, "on a GPU, trainings at once of those that are several", between(2, 64)}});
  CLI::App* precision = add("precision", "whether bf16 ranks architectures as fp32 does", &BenchVerb::precision);
  add_networks(precision);
  add_options(*precision, {{"data", &precisions.data, "images", {}},
                           {"recipe", &precisions.recipe, "how to train, but for the batch", {}},
                           {"batch", &precisions.batch, "images per step", between(1, 65536)},
                           {"steps", &precisions.steps, "of each training", between(1, 1000000)}});
  CLI::App* one_shot =
      add("oneshot", "candidates of a super-network, of tse and in PyTorch's eager style, taking turns",
          &BenchVerb::one_shot);
  one_shot->add_option("--space", spaces, "search space; default nb201");
  add_options(*one_shot, {{"archs", &candidates.archs, "architectures to draw", between(1, 1000)},
                          {"batch", &candidates.batch, "images per step", between(1, 65536)},
                          {"batches", &candidates.batches, "mini-batches of a candidate", between(1, 1000000)},
                          {"validation", &candidates.validation, "images of a validation", between(1, 10000000)},
                          {"precision", &candidates.precision, "of tse", one_of({"fp32", "bf16"})},
                          {"seconds", &candidates.seconds, "least length of a measurement", between(0, 3600)},
                          {"rounds", &candidates.rounds, "turns of each", between(1, 1000)}});
  CLI::App* mixture =
      add("differentiate", "the mixture of all architectures, by tse and in PyTorch's eager style, taking turns",
          &BenchVerb::differentiate);
  mixture->add_option("--space", spaces, "search space; default nb201");
  add_options(*mixture, {{"batch", &mixtures.batch, "images per step", between(1, 65536)},
                         {"seconds", &mixtures.seconds, "least length of a measurement", between(0, 3600)},
                         {"rounds", &mixtures.rounds, "turns of each", between(1, 1000)}});
  CLI::App* machine = add("machine", "rates of convolutions and of copies, all cores at once", &BenchVerb::machine);
  add_networks(machine);
  add_options(*machine, {least});
  CLI::App* kernels = add("ops", "kernels of the fast path and PyTorch's plain ops, taking turns, one thread",
                          &BenchVerb::compare_kernels);
  add_options(*kernels, {{"seconds", &ops.seconds, "least length of a measurement", between(0, 3600)},
                         {"batch", &ops.batch, "images", between(1, 65536)},
                         {"rounds", &ops.rounds, "turns of each", between(1, 1000)}});
}

int BenchVerb::show(const Json& result, std::string (*text)(const Json&)) const {
  if (json) {
    print_json(result);
  } else {
    std::cout << text(result);
  }
  return kExitDone;
}

int BenchVerb::run(Context& /*context*/) {
  std::signal(SIGPIPE, SIG_IGN);  // a contestant that died is told of when it does not answer
  return chosen();
}

std::vector<std::string> BenchVerb::chosen_spaces() const {
  if (!spaces.empty()) return spaces;
  std::vector<std::string> list;
  for (const SpeedPanelPart& part : speed_panel(panel).parts) list.push_back(part.space);
  return list;
}

std::vector<Entry> BenchVerb::entries() const {
  std::vector<Entry> all;
  for (const std::string& text : chosen_spaces()) {
    const auto space = make_space(text);
    const std::vector<Arch> list =
        archs.empty() ? panel_archs(speed_panel(panel), text, *space) : read_archs(archs, *space, 0);
    for (const Arch& arch : list) all.push_back({space->spec(), arch, space->lower(arch, Task{})});
  }
  return all;
}

int BenchVerb::train() const {
  expect_contestants(contest);
  const std::vector<Entry> all = entries();
  Json result = {{"machine", machine_json(contest.device)}};
  if (contest.device != "cpu") {
    result.update(measure_gpu_training(all, contest));
    return show(result, gpu_training_text);
  }
  const MachineRates rates = measure_rates(all, contest.seconds);
  result.update(measure_training(all, contest, rates));
  return show(result, training_text);
}

int BenchVerb::one_shot() const {
  Json result = {{"machine", machine_json()}};
  result.update(measure_one_shot(*make_space(chosen_spaces().front()), candidates));
  return show(result, one_shot_bench_text);
}

int BenchVerb::differentiate() const {
  Json result = {{"machine", machine_json()}};
  result.update(measure_mixture(*make_space(chosen_spaces().front()), mixtures));
  return show(result, mixture_bench_text);
}

int BenchVerb::machine() const {
  const Json result = {{"machine", machine_json()}, {"rates", measure_rates(entries(), contest.seconds).to_json()}};
  return show(result, machine_table);
}

int BenchVerb::compare_kernels() const {
  Json result = {{"machine", machine_json()}};
  result.update(
      measure_ops(ops, [](int done, int total) { std::cerr << fmt::format("op {} of {}\n", done + 1, total); }));
  return show(result, ops_text);
}

int BenchVerb::precision() const {
  const auto space = make_space(chosen_spaces().back());
  const std::vector<Arch> list = read_archs(archs.empty() ? "40" : archs, *space, 0);
  make_data(precisions.data);  // a wrong name is better said here than by a process
  parse_recipe(precisions.recipe);
  Json result = {{"machine", machine_json()}};
  result.update(compare_precisions(*space, list, precisions, [](int done, int total) {
    if (done % 12 == 0) std::cerr << fmt::format("training {} of {}\n", done + 1, total);
  }));
  return show(result, precision_text);
}

}  // namespace tse::cli
