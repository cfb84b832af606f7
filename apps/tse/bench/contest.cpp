#include "bench/contest.h"

#include <algorithm>
#include <list>
#include <optional>
#include <utility>

#include "bench/team.h"
#include "tse/base/cores.h"
#include "tse/trial/job.h"
#include "tse/workflow/memory.h"

namespace tse::cli {
namespace {

struct Contestant {
  std::string name;
  Json contest;
  int processes = 1;
  std::optional<Engine> engine = {};  // of tse
};

Json eager(const char* variant) { return {{"contest", "eager"}, {"variant", variant}, {"threads", available_cores()}}; }

/// tse, in so many processes.
Contestant own(std::string name, const char* precision, int threads, int processes) {
  Engine engine{.precision = precision, .threads = threads};
  const Json contest = {{"contest", "tse"}, {"engine", to_json(engine.options())}};
  return {.name = std::move(name), .contest = contest, .processes = processes, .engine = engine};
}

const std::vector<Contestant>& all_contestants() {
  static const std::vector<Contestant> all = {
      {"eager", eager("plain")},
      {"channels-last", eager("channels-last")},
      {"channels-last-bf16", eager("channels-last-bf16")},
      own("fp32", "fp32", 1, available_cores()),
      own("bf16", "bf16", 1, available_cores()),
      own("fp32-threads", "fp32", available_cores(), 1),
      own("bf16-threads", "bf16", available_cores(), 1),
  };
  return all;
}

double peak_memory(const std::vector<Json>& answers) {
  double most = 0;
  for (const Json& answer : answers) most = std::max(most, member<double>(answer, "peak_memory", "tse-bench"));
  return most;
}

}  // namespace

double images_per_second(const std::vector<Json>& answers) {
  double total = 0;
  for (const Json& answer : answers)
    total += member<double>(answer, "images", "tse-bench") / member<double>(answer, "seconds", "tse-bench");
  return total;
}

double Standing::rate() const { return median(rates); }

std::vector<std::string> contestants() {
  std::vector<std::string> names;
  for (const Contestant& contestant : all_contestants()) names.push_back(contestant.name);
  return names;
}

std::map<std::string, Standing> hold_contest(const Entry& entry, const ContestOptions& options) {
  std::list<std::pair<std::string, Team>> teams;
  std::map<std::string, Standing> standings;
  for (const Contestant& contestant : all_contestants()) {
    if (std::ranges::find(options.contestants, contestant.name) == options.contestants.end()) continue;
    Json contest = contestant.contest;
    contest["space"] = entry.space;
    contest["arch"] = entry.arch.text;
    contest["batch"] = options.batch;
    teams.emplace_back(std::piecewise_construct, std::forward_as_tuple(contestant.name),
                       std::forward_as_tuple(contest, contestant.processes));
    if (contestant.engine) {
      standings[contestant.name].expected_memory =
          static_cast<double>(network_memory(entry.graph, *contestant.engine, options.batch, false));
    }
  }
  for (auto& [name, team] : teams) team.wait();
  for (int round = 0; round < options.rounds; ++round) {
    for (auto& [name, team] : teams) {
      const std::vector<Json> answers = team.ask({{"seconds", options.seconds}});
      standings[name].rates.push_back(images_per_second(answers));
      standings[name].peak_memory = peak_memory(answers);
    }
  }
  return standings;
}

Json to_json(const std::map<std::string, Standing>& standings) {
  Json all = Json::object();
  for (const auto& [name, standing] : standings) {
    all[name] = {
        {"images_per_second", standing.rate()}, {"rounds", standing.rates}, {"peak_memory", standing.peak_memory}};
    if (standing.expected_memory > 0) all[name]["expected_memory"] = standing.expected_memory;
  }
  return all;
}

}  // namespace tse::cli
