#pragma once

#include <string>
#include <vector>

#include "training.h"

namespace tse::cli {

/// `tse rank`: trains architectures for a budget and ranks them by an estimator.
struct RankVerb {
  static constexpr const char* kName = "rank";
  static constexpr const char* kSummary = "train architectures for a budget and rank them by training speed";

  TrainingOptions training;
  std::string archs = "8";
  std::vector<std::string> estimators = {"tse-ema"};
  std::string truth;
  int race = 0;
  bool json = false;

  void setup(CLI::App& app);
  int run(Context& context);
};

}  // namespace tse::cli
