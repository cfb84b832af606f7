#pragma once

#include <string>

#include "training.h"

namespace tse::cli {

/// `tse train`: trains one architecture to the end of its schedule and tests it.
struct TrainVerb {
  static constexpr const char* kName = "train";
  static constexpr const char* kSummary = "train one architecture to the end and test it";

  TrainingOptions training;
  std::string arch;
  bool json = false;

  TrainVerb();
  void setup(CLI::App& app);
  int run(Context& context);
};

}  // namespace tse::cli
