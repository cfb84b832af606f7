#pragma once

#include <string>
#include <vector>

#include "cli.h"
#include "tse/workflow/training_options.h"

namespace tse::cli {

/// `tse oneshot`: trains super-networks and ranks architectures that inherit their weights.
struct OneShotVerb {
  static constexpr const char* kName = "oneshot";
  static constexpr const char* kSummary = "rank architectures by super-networks that share their weights";

  TrainingOptions training;
  std::string sampler = "fair";
  int supernets = 3;
  std::string candidates = "200";
  std::string batches = "100,200,300";
  std::string candidate_recipe = "candidate";
  std::string unused = "decay";
  std::vector<std::string> estimators = {"tse", "valid-accuracy", "valid-loss-sum", "train-loss-minibatch", "synflow"};
  std::string truth;
  bool json = false;

  OneShotVerb();
  void setup(CLI::App& app);
  int run(Context& context);

 private:
  CLI::App* app_ = nullptr;  // to tell what was given
};

}  // namespace tse::cli
