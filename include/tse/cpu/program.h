#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tse/plan/value.h"

namespace tse {
class Graph;  // tse/space/graph.h
}  // namespace tse

namespace tse::cpu {

using Precision = plan::Storage;

/// What programs may share of which only one runs at a time: memory for their activations, convolutions that have been
/// made. It makes a new program cheap, as a super-network's training needs one at every step.
class Workspace {
 public:
  Workspace();
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  ~Workspace();

 private:
  friend class Program;
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

struct ProgramOptions {
  int batch = 128;  // images at a time, at the most
  Precision precision = Precision::fp32;
  bool training = true;  // batch norm by the batch's statistics, and gradients; or by the running ones, and none
  int threads = 1;
  std::shared_ptr<Workspace> workspace = {};  // shared with others, whose activations end where this one's begin
};

/// Where a tensor is that a graph's node names: "stem.conv.weight", or the architecture weights that a sum names.
/// Convolutions' weights are in the order (out, height, width, in), all in fp32.
using Tensors = std::function<float*(const std::string& name)>;

/// A graph compiled for this CPU: its training step without any tensor library. The same function as the reference
/// network's, with the same names of parameters; the same bits for the same number of threads.
class Program {
 public:
  /// UsageError where the graph has an op that has no kernel here (see runs_on_cpu).
  Program(const Graph& graph, const ProgramOptions& options);
  ~Program();
  Program(Program&&) noexcept;
  Program& operator=(Program&&) noexcept;

  /// What drop path and dropout drop in the calls of forward that follow: drawn from this seed as tse/space/drop.h
  /// says.
  void begin_step(std::uint64_t seed, double drop_path_scale);

  /// The logits, (count, classes), of `count` images, which are (count, height, width, channels) and normalised. Reads
  /// the weights, updates the running statistics in training. The result is valid until the next call.
  std::span<const float> forward(const float* images, int count, const Tensors& parameters, const Tensors& buffers);

  /// The parameters that the logits depend on: all, unless a zero cuts some off.
  std::vector<std::string> learned() const;

  /// Writes the gradient of every learned parameter, given that of the logits of the last call of forward.
  void backward(std::span<const float> logits_gradient, const Tensors& gradients);

  /// Of activations, gradients and scratch memory; known before anything runs.
  std::size_t memory_bytes() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// What Program::memory_bytes would say, without making one.
std::size_t program_memory(const Graph& graph, const ProgramOptions& options);

/// Whether every op of the graph has its kernels, so that a Program can be made of it.
bool runs_on_cpu(const Graph& graph);

}  // namespace tse::cpu
