#pragma once

#include <string>

#include "cli.h"

namespace tse::cli {

/// `tse info`: facts about a space, or about one architecture of it.
struct InfoVerb {
  static constexpr const char* kName = "info";
  static constexpr const char* kSummary = "facts about a space or an architecture";

  std::string space = "nb201";
  std::string arch;
  std::string data;
  std::string as = "facts";
  int per_setting = 0;
  bool json = false;

  void setup(CLI::App& app);
  int run(Context& context);
};

/// `tse list`: everything that has a name.
struct ListVerb {
  static constexpr const char* kName = "list";
  static constexpr const char* kSummary =
      "every space, data set, estimator, zero-cost score, searcher, path sampler, method and recipe, with options";

  bool json = false;

  void setup(CLI::App& app);
  int run(Context& context);
};

}  // namespace tse::cli
