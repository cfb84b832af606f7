#pragma once

#include <string>

#include "cli.h"
#include "tse/estimate/effective_budget.h"

namespace tse::cli {

/// `tse budget`: up to how many epochs training speed tells good networks from bad ones, by Algorithm 1; reads only.
struct BudgetVerb {
  static constexpr const char* kName = "budget";
  static constexpr const char* kSummary = "the effective training budget of a study (Algorithm 1)";

  std::string study;
  std::string curve;
  OverfitCriterion criterion;
  std::uint64_t seed = 0;
  bool json = false;

  void setup(CLI::App& app);
  int run(Context& context);
};

}  // namespace tse::cli
