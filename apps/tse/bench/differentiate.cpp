#include "bench/differentiate.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <list>
#include <vector>

#include "bench/contest.h"
#include "bench/machine.h"
#include "bench/team.h"
#include "tse/base/cores.h"
#include "tse/base/table.h"
#include "tse/trial/job.h"

namespace tse::cli {
namespace {

Json mixture_contest(const Space& space, const std::string& precision, int batch) {
  Engine engine{.precision = precision};
  return {{"contest", "mixture"}, {"space", space.spec()}, {"batch", batch}, {"engine", to_json(engine.options())}};
}

struct MixtureContestant {
  std::string name;
  Team team;
  std::vector<double> rates = {};
  double memory = 0;  // of all its processes, bytes
};

}  // namespace

Json measure_mixture(const Space& space, const MixtureBenchOptions& options) {
  const int cores = available_cores();
  std::list<MixtureContestant> contestants;
  contestants.push_back({.name = "eager", .team = Team(eager_contest(space.spec(), "mixture", options.batch), 1)});
  for (const char* precision : {"fp32", "bf16"})
    contestants.push_back({.name = fmt::format("tse {}", precision),
                           .team = Team(mixture_contest(space, precision, options.batch), cores)});
  for (MixtureContestant& each : contestants) each.team.wait();
  for (int round = 0; round < options.rounds; ++round) {
    std::cerr << fmt::format("turn {} of {}\n", round + 1, options.rounds);
    for (MixtureContestant& each : contestants) {
      const std::vector<Json> answers = each.team.ask({{"seconds", options.seconds}});
      each.rates.push_back(images_per_second(answers));
      each.memory = sum(answers, "peak_memory");
    }
  }
  const double eager = median(contestants.front().rates);
  Json list = Json::array();
  for (const MixtureContestant& each : contestants) {
    const auto [least, most] = std::ranges::minmax(each.rates);
    list.push_back({{"name", each.name},
                    {"images_per_second", median(each.rates)},
                    {"least", least},
                    {"most", most},
                    {"to_eager", median(each.rates) / eager},
                    {"peak_memory", each.memory}});
  }
  return {{"space", space.spec()}, {"batch", options.batch}, {"contestants", list}};
}

std::string mixture_bench_text(const Json& result) {
  using enum TextTable::Align;
  TextTable table({{"contestant"}, {"images/s", right}, {"turns", right}, {"to eager", right}, {"peak memory", right}});
  for (const Json& each : result.at("contestants"))
    table.add({each.at("name"), text_of(each.at("images_per_second")),
               fmt::format("{} to {}", text_of(each.at("least")), text_of(each.at("most"))), times(each.at("to_eager")),
               fmt::format("{:.0f} MiB", each.at("peak_memory").get<double>() / (1U << 20U))});
  return fmt::format(
      "{}\n\nThe mixture of all architectures of {}, batch {}: images per second of the whole machine, and memory of "
      "all "
      "its processes.\n\n{}",
      machine_text(result.at("machine")), result.at("space").get<std::string>(), result.at("batch").get<int>(),
      table.text());
}

}  // namespace tse::cli
