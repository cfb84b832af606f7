#pragma once

#include <torch/torch.h>

#include <memory>

#include "tse/net/network.h"
#include "tse/net/parameter_store.h"
#include "tse/space/graph.h"
#include "tse/trial/job.h"

namespace tse {

/// Where a job runs, its libraries told to compute as its precision says: all jobs of a process must be of one
/// precision. DataError where this machine has no such device.
torch::Device device_of(const Engine& engine);

/// The network of a graph on a store as a job's engine and recipe run it: on the fast path where the engine allows it
/// and there are kernels for all ops, in float on a CPU; in parts where the recipe says so. `workspace` as in
/// FastOptions.
std::unique_ptr<Network> make_job_network(const Graph& graph, ParameterStore& store, const Engine& engine,
                                          const Recipe& recipe, std::shared_ptr<cpu::Workspace> workspace = {});

}  // namespace tse
