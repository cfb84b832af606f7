#pragma once

#include <string>

#include "cli.h"

namespace tse::cli {

/// `tse export`: a study for others, or for other tools; reads only.
struct ExportVerb {
  static constexpr const char* kName = "export";
  static constexpr const char* kSummary = "a study's finished trials as a compact study, or as CSV tables";

  std::string study;
  std::string to;
  std::string csv;
  bool json = false;

  void setup(CLI::App& app);
  int run(Context& context);
};

}  // namespace tse::cli
