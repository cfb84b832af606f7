#include "bench/contest.h"

#include <algorithm>
#include <list>
#include <optional>
#include <utility>

#include "bench/team.h"
#include "tse/base/cores.h"
#include "tse/base/error.h"
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

bool is_cpu(const std::string& device) { return device == "cpu"; }

/// An eager loop, in one process.
Contestant eager(std::string name, const char* variant, const std::string& device, int lanes = 1,
                 bool recorded = false) {
  const Json contest = {{"contest", "eager"}, {"variant", variant}, {"threads", available_cores()},
                        {"device", device},   {"lanes", lanes},     {"recorded", recorded}};
  return {.name = std::move(name), .contest = contest};
}

/// tse, in so many processes.
Contestant own(std::string name, Engine engine, int processes, int lanes = 1, bool kernels = false) {
  const Json contest = {
      {"contest", "tse"}, {"engine", to_json(engine.options())}, {"lanes", lanes}, {"kernels", kernels}};
  return {.name = std::move(name), .contest = contest, .processes = processes, .engine = engine};
}

std::vector<Contestant> on_cpu() {
  const int cores = available_cores();
  return {
      eager("eager", "plain", "cpu"),
      eager("channels-last", "channels-last", "cpu"),
      eager("channels-last-bf16", "channels-last-bf16", "cpu"),
      own("fp32", {.precision = "fp32"}, cores),
      own("bf16", {.precision = "bf16"}, cores),
      own("fp32-threads", {.precision = "fp32", .threads = cores}, 1),
      own("bf16-threads", {.precision = "bf16", .threads = cores}, 1),
  };
}

std::vector<Contestant> on_gpu(const std::string& device, int lanes) {
  const Engine fp32{.precision = "fp32", .device = device};
  const Engine tf32{.precision = "tf32", .device = device};
  const Engine bf16{.precision = "bf16", .device = device};
  return {
      eager("eager", "plain", device),
      eager("channels-last", "channels-last", device),
      eager("channels-last-bf16", "channels-last-bf16", device),
      eager("recorded", "channels-last-bf16", device, 1, true),
      eager("recorded-lanes", "channels-last-bf16", device, lanes, true),
      own("fp32", fp32, 1),
      own("tf32", tf32, 1),
      own("bf16", bf16, 1),
      own("bf16-lanes", bf16, 1, lanes),
      own("bf16-kernels", bf16, 1, 1, true),
      own("bf16-kernels-lanes", bf16, 1, lanes, true),
  };
}

std::vector<Contestant> all_contestants(const std::string& device, int lanes = 1) {
  return is_cpu(device) ? on_cpu() : on_gpu(device, lanes);
}

std::vector<Contestant> chosen(const ContestOptions& options) {
  std::vector<Contestant> all = all_contestants(options.device, options.lanes);
  const std::vector<std::string> wanted =
      options.contestants.empty() ? usual_contestants(options.device) : options.contestants;
  std::erase_if(all, [&](const Contestant& each) { return std::ranges::find(wanted, each.name) == wanted.end(); });
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

std::vector<std::string> contestants(const std::string& device) {
  std::vector<std::string> names;
  for (const Contestant& contestant : all_contestants(device)) names.push_back(contestant.name);
  return names;
}

std::vector<std::string> usual_contestants(const std::string& device) {
  if (is_cpu(device)) return {"eager", "channels-last", "channels-last-bf16", "fp32", "bf16"};
  return {"eager", "channels-last-bf16", "recorded",     "recorded-lanes",    "fp32",
          "bf16",  "bf16-lanes",         "bf16-kernels", "bf16-kernels-lanes"};
}

void expect_contestants(const ContestOptions& options) {
  const std::vector<std::string> known = contestants(options.device);
  for (const std::string& name : options.contestants) {
    if (std::ranges::find(known, name) == known.end())
      throw UsageError(
          "--contestants", "{}",
          unknown_name(is_cpu(options.device) ? "contestant on a CPU" : "contestant on a GPU", name, known));
  }
}

Json eager_contest(const std::string& space, const std::string& arch, int batch) {
  Json contest = eager("eager", "plain", "cpu").contest;
  contest.update({{"space", space}, {"arch", arch}, {"batch", batch}});
  return contest;
}

std::map<std::string, Standing> hold_contest(const Entry& entry, const ContestOptions& options) {
  std::list<std::pair<std::string, Team>> teams;
  std::map<std::string, Standing> standings;
  for (const Contestant& contestant : chosen(options)) {
    Json contest = contestant.contest;
    contest["space"] = entry.space;
    contest["arch"] = entry.arch.text;
    contest["batch"] = options.batch;
    teams.emplace_back(std::piecewise_construct, std::forward_as_tuple(contestant.name),
                       std::forward_as_tuple(contest, contestant.processes));
    if (contestant.engine && is_cpu(options.device)) {
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
