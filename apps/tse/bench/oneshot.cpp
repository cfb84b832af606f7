#include "bench/oneshot.h"

#include <fmt/format.h>

#include <iostream>
#include <vector>

#include "bench/contest.h"
#include "bench/machine.h"
#include "bench/team.h"
#include "tse/base/cores.h"
#include "tse/base/table.h"
#include "tse/trial/job.h"

namespace tse::cli {
namespace {

Json paths_contest(const Space& space, const std::vector<std::string>& archs, const char* what,
                   const OneShotBenchOptions& options) {
  Engine engine{.precision = options.precision};
  return {{"contest", "paths"}, {"space", space.spec()},  {"archs", archs},
          {"what", what},       {"batch", options.batch}, {"engine", to_json(engine.options())}};
}

Json measure_candidate(const Space& space, const std::string& arch, const OneShotBenchOptions& options) {
  const int cores = available_cores();
  Team eager(eager_contest(space.spec(), arch, options.batch), 1);
  Team train(paths_contest(space, {arch}, "train", options), cores);
  Team validate(paths_contest(space, {arch}, "validate", options), cores);
  std::vector<double> rates[3];
  for (Team* team : {&eager, &train, &validate}) team->wait();
  for (int round = 0; round < options.rounds; ++round) {
    int i = 0;
    for (Team* team : {&eager, &train, &validate})
      rates[i++].push_back(images_per_second(team->ask({{"seconds", options.seconds}})));
  }
  return {{"arch", arch}, {"eager", median(rates[0])}, {"train", median(rates[1])}, {"validate", median(rates[2])}};
}

/// The rate of doing the same work at each of these rates.
double together(const Json& candidates, const char* key) {
  double seconds = 0;
  for (const Json& candidate : candidates) seconds += 1 / candidate.at(key).get<double>();
  return static_cast<double>(candidates.size()) / seconds;
}

}  // namespace

Json measure_one_shot(const Space& space, const OneShotBenchOptions& options) {
  std::vector<std::string> archs;
  for (const Arch& arch : sample_unique(space, options.archs, 0)) archs.push_back(arch.text);
  Json candidates = Json::array();
  for (const std::string& arch : archs) {
    std::cerr << fmt::format("architecture {} of {}: {}\n", candidates.size() + 1, archs.size(), arch);
    candidates.push_back(measure_candidate(space, arch, options));
  }
  // the same architectures in turn, each with a network made for the step
  Team fresh(paths_contest(space, archs, "train", options), available_cores());
  fresh.wait();
  std::vector<double> rates;
  for (int round = 0; round < options.rounds; ++round)
    rates.push_back(images_per_second(fresh.ask({{"seconds", options.seconds * static_cast<double>(archs.size())}})));
  const double kept = together(candidates, "train");
  const double renewed = median(rates);
  const double cores = available_cores();
  std::vector<double> ratios;
  for (const Json& candidate : candidates)
    ratios.push_back(candidate.at("train").get<double>() / candidate.at("eager").get<double>());
  return {{"space", space.spec()},
          {"batch", options.batch},
          {"precision", options.precision},
          {"candidates", candidates},
          {"to_eager", geometric_mean(ratios)},
          {"kept", kept},
          {"new_path_each_step", renewed},
          {"new_path_share", kept / renewed - 1},
          // of one candidate on one core, since each has one
          {"train_seconds", options.batches * options.batch / (kept / cores)},
          {"validate_seconds", options.validation / (together(candidates, "validate") / cores)},
          {"batches", options.batches},
          {"validation_images", options.validation}};
}

std::string one_shot_bench_text(const Json& result) {
  using enum TextTable::Align;
  TextTable table({{"architecture"}, {"eager", right}, {"tse", right}, {"tse/eager", right}, {"validation", right}});
  for (const Json& each : result.at("candidates"))
    table.add({each.at("arch"), text_of(each.at("eager")), text_of(each.at("train")),
               times(quotient(each.at("train"), each.at("eager"))), text_of(each.at("validate"))});
  return fmt::format(
      "{}\n\nCandidates of {}, batch {}, {}: images per second of the whole machine.\n\n{}\n"
      "Geometric mean: {} eager. A new path at every step costs {} of the step.\n"
      "A candidate on one core: {:.1f} s for {} mini-batches, {:.1f} s for {} images of validation.\n",
      machine_text(result.at("machine")), result.at("space").get<std::string>(), result.at("batch").get<int>(),
      result.at("precision").get<std::string>(), table.text(), times(result.at("to_eager")),
      percent(result.at("new_path_share")), result.at("train_seconds").get<double>(), result.at("batches").get<int>(),
      result.at("validate_seconds").get<double>(), result.at("validation_images").get<int>());
}

}  // namespace tse::cli
