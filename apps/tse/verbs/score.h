#pragma once

#include <string>

#include "training.h"

namespace tse::cli {

/// `tse score`: zero-cost scores of architectures, which are not trained.
struct ScoreVerb {
  static constexpr const char* kName = "score";
  static constexpr const char* kSummary = "score architectures without training them";

  std::string archs = "8";
  std::string estimators = "synflow,snip,jaccov,params,macs";
  std::string truth;
  int batch = 64;
  TrainingOptions options;  // those that scoring has too
  bool json = false;

  void setup(CLI::App& app);
  int run(Context& context);
};

}  // namespace tse::cli
