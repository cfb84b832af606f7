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
  std::vector<std::string> contestants = {};  // names of contestants() on the device; none: the usual ones
  std::string device = "cpu";
  int lanes = 8;  // trainings at once on a GPU, where they are several
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

/// The ways to train, on a CPU: `eager`, PyTorch's plain loop on all cores; `channels-last` and `channels-last-bf16`,
/// the same tuned by hand; `fp32` and `bf16`, tse with a worker of one thread per core; `fp32-threads` and
/// `bf16-threads`, tse with one worker of a thread per core. On a GPU: the first three; `recorded`, the third with its
/// step as a CUDA graph; `fp32`, `tf32`, `bf16`, tse with one training at a time, and `bf16-kernels`, the same by
/// kernels of its own; `recorded-lanes`, `bf16-lanes` and `bf16-kernels-lanes`, several at once.
std::vector<std::string> contestants(const std::string& device);

/// Those that take part where nothing is said.
std::vector<std::string> usual_contestants(const std::string& device);

/// UsageError where one that was asked for is not of the device.
void expect_contestants(const ContestOptions& options);

/// PyTorch's plain loop on all cores of a CPU, as the argument of a process.
Json eager_contest(const std::string& space, const std::string& arch, int batch);

/// Lets the contestants train one network in turns, round by round, one at a time; each of all its processes at once.
std::map<std::string, Standing> hold_contest(const Entry& entry, const ContestOptions& options);

/// Of the whole machine, from what the processes of a team answered.
double images_per_second(const std::vector<Json>& answers);

Json to_json(const std::map<std::string, Standing>& standings);

}  // namespace tse::cli
