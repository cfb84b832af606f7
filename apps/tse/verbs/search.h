#pragma once

#include <string>
#include <vector>

#include "cli.h"
#include "tse/workflow/training_options.h"

namespace tse::cli {

/// `tse search`: proposes, trains and learns within a budget, and trains the winner to the end.
struct SearchVerb {
  static constexpr const char* kName = "search";
  static constexpr const char* kSummary = "find the best architecture within a budget";

  TrainingOptions training;
  std::string algo = "evolution";
  std::string budget = "50trials";
  std::vector<std::string> objectives = {"tse-ema"};
  std::string require;
  std::string duplicates = "reuse";
  int window = 8;
  int final_epochs = 0;
  bool json = false;

  void setup(CLI::App& app);
  int run(Context& context);
};

}  // namespace tse::cli
