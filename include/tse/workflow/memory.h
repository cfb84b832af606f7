#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tse/data/data.h"
#include "tse/space/graph.h"
#include "tse/trial/job.h"

namespace tse {

/// Bytes that one worker takes for this network, at the most: libtorch, activations and their gradients for batches of
/// training and, where `evaluates`, of evaluation, and the weights in all their copies. Held against what workers took
/// by tests/apps/tse/bench_test.cpp.
std::size_t network_memory(const Graph& graph, const Engine& engine, int batch, bool evaluates);

/// The most that a worker takes for any of these jobs, all images in memory. Of many jobs a hundred are looked at.
std::size_t worker_memory(const std::vector<Job>& jobs, const DataFacts& data);

/// How many workers to start, and why they are fewer than wanted; empty: they are not.
struct Grant {
  int workers = 1;
  std::string note;
};

/// Workers of so many bytes each: `asked`, or where that is 0 one per core and thread, on a GPU one, but no more than
/// fit into the memory that is available (0: nobody knows). A UsageError where more are asked for than fit; one is
/// always granted.
Grant granted_workers(int asked, const Engine& engine, std::size_t bytes, std::size_t available);

/// Trainings at once in each worker: `asked`, or where that is 0 one on a CPU and eight on a GPU, which one of these
/// small networks leaves idle. UsageError where several are asked for on a CPU, whose workers are processes.
int granted_lanes(int asked, const Engine& engine);

}  // namespace tse
