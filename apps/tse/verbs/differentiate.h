#pragma once

#include <string>
#include <vector>

#include "cli.h"
#include "tse/workflow/training_options.h"

namespace tse::cli {

/// `tse differentiate`: trains mixtures of all architectures, and with them which is chosen.
struct DifferentiateVerb {
  static constexpr const char* kName = "differentiate";
  static constexpr const char* kSummary = "search by gradients: DARTS and DrNAS, by validation or training speed";

  TrainingOptions training;
  std::vector<std::string> methods = {"darts", "darts-tse"};
  int seeds = 3;
  std::string truth;
  bool json = false;

  DifferentiateVerb();
  void setup(CLI::App& app);
  int run(Context& context);
};

}  // namespace tse::cli
