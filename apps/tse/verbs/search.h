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
  std::vector<std::string> algos = {"evolution"};
  std::string budget = "50trials";
  std::vector<std::string> objectives = {"tse-ema"};
  std::string require;
  std::string draw;
  std::string duplicates = "reuse";
  int window = 8;
  int final_epochs = 0;
  int race = 0;
  int halving = 0;
  int first_rung = 1;
  std::string supernet;
  int batches = 100;
  std::string replay;
  std::vector<std::string> compare;
  std::vector<std::string> scores;
  std::string outcome;
  int repeats = 1;
  bool json = false;

  SearchVerb();
  void setup(CLI::App& app);
  int run(Context& context);

 private:
  int run_replay() const;

  CLI::App* app_ = nullptr;  // to tell what was given
};

}  // namespace tse::cli
