#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench/contest.h"
#include "bench/differentiate.h"
#include "bench/oneshot.h"
#include "bench/ops.h"
#include "bench/precision.h"
#include "cli.h"

namespace tse::cli {

/// `tse bench train | oneshot | differentiate | machine | precision | ops`: how fast this machine trains, against
/// PyTorch's eager loop and its own limits, whether what is faster ranks the same, and which kernels make it so.
struct BenchVerb {
  static constexpr const char* kName = "bench";
  static constexpr const char* kSummary = "measure this machine: training against PyTorch's, and its limits";

  std::vector<std::string> spaces;  // none: the panel's
  std::string panel = "nb201";
  std::string archs;
  ContestOptions contest;
  PrecisionOptions precisions;
  OpsOptions ops;
  OneShotBenchOptions candidates;
  MixtureBenchOptions mixtures;
  bool json = false;
  std::function<int()> chosen;

  void setup(CLI::App& app);
  int run(Context& context);

 private:
  std::vector<std::string> chosen_spaces() const;
  std::vector<Entry> entries() const;
  int train() const;
  int machine() const;
  int precision() const;
  int compare_kernels() const;
  int one_shot() const;
  int differentiate() const;
  int show(const Json& result, std::string (*text)(const Json&)) const;
};

}  // namespace tse::cli
