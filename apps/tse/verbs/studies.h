#pragma once

#include <string>

#include "cli.h"

namespace tse::cli {

/// `tse resume`: goes on with a study and shows what the verb that began it shows.
struct ResumeVerb {
  static constexpr const char* kName = "resume";
  static constexpr const char* kSummary = "go on with a study, and print what the verb that began it prints";

  std::string study;
  std::string report;
  int workers = 0;
  int lanes = 0;
  bool retry_failed = false;
  bool json = false;

  void setup(CLI::App& app);
  int run(Context& context);
};

/// `tse status`: how far a study is; reads only.
struct StatusVerb {
  static constexpr const char* kName = "status";
  static constexpr const char* kSummary = "how far a study is";

  std::string study;
  bool json = false;

  void setup(CLI::App& app);
  int run(Context& context);
};

/// `tse report`: the results that a study has so far; reads only.
struct ReportVerb {
  static constexpr const char* kName = "report";
  static constexpr const char* kSummary = "tables and an HTML page of a study";

  std::string study;
  std::string folder;
  bool step_losses = false;
  bool json = false;

  void setup(CLI::App& app);
  int run(Context& context);
};

}  // namespace tse::cli
