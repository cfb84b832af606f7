#pragma once

#include <map>
#include <string>
#include <vector>

#include "tse/base/json.h"
#include "tse/space/graph.h"
#include "tse/space/space.h"

namespace tse::cli {

/// A network to train.
struct Entry {
  std::string space;
  Arch arch;
  Graph graph;  // for CIFAR's images
};

struct ContestOptions {
  std::vector<std::string> contestants;  // names of contestants()
  int batch = 128;
  int rounds = 5;
  double seconds = 0.5;  // of a turn, at least
};

/// How fast a contestant trained a network.
struct Standing {
  std::vector<double> rates;   // images per second of the whole machine, by round
  double peak_memory = 0;      // bytes, of its largest process
  double expected_memory = 0;  // bytes, estimated before it started; 0 where nobody does

  double rate() const;  // the median
};

/// The ways to train: `eager`, PyTorch's plain loop on all cores; `channels-last` and `channels-last-bf16`, the same
/// tuned by hand; `fp32` and `bf16`, tse with a worker of one thread per core; `fp32-threads` and `bf16-threads`, tse
/// with one worker of a thread per core.
std::vector<std::string> contestants();

/// Lets the contestants train one network in turns, round by round, one at a time; each of all its processes at once.
std::map<std::string, Standing> hold_contest(const Entry& entry, const ContestOptions& options);

/// Of the whole machine, from what the processes of a team answered.
double images_per_second(const std::vector<Json>& answers);

Json to_json(const std::map<std::string, Standing>& standings);

}  // namespace tse::cli
