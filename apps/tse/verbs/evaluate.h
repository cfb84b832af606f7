#pragma once

#include <string>
#include <vector>

#include "cli.h"
#include "tse/compare/comparison.h"

namespace tse::cli {

/// `tse evaluate`: how well each estimator ranks the trainings of a study, over budgets; reads only.
struct EvaluateVerb {
  static constexpr const char* kName = "evaluate";
  static constexpr const char* kSummary = "how well every estimator ranks a study's trainings, over budgets";

  std::vector<std::string> studies;
  std::string epochs;
  std::vector<std::string> estimators;
  std::string outcome;
  std::string truth;
  std::string truth_study;
  std::vector<std::string> scores;
  std::string curve;
  std::string at_least;
  std::string top = "100%";
  int k = 10;
  int resamples = 1000;
  std::uint64_t seed = 0;
  std::string against;
  std::string group;
  std::string report;
  std::string per_training;
  int threads = 0;
  bool budget_line = false;
  bool csv = false;
  bool json = false;

  void setup(CLI::App& app);
  int run(Context& context);

 private:
  Comparison evaluate(const std::string& study) const;
};

}  // namespace tse::cli
