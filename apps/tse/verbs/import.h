#pragma once

#include <string>
#include <vector>

#include "cli.h"
#include "tse/table/nats.h"

namespace tse::cli {

/// `tse import`: learning curves that somebody recorded, into a study.
struct ImportVerb {
  static constexpr const char* kName = "import";
  static constexpr const char* kSummary = "recorded learning curves (CSV, NATS-Bench, NAS-Bench-301, NDS) into a study";

  std::string study;                // empty: a new file under runs/
  std::vector<std::string> curves;  // METRIC=FILE.csv
  std::string outcome;              // FILE.csv:COLUMN[:lower]; COLUMN[:lower] with nats, nb301 or nds
  std::string nats;                 // folder
  std::string nb301;                // folder
  std::string nds;                  // file; all three empty: CSV files
  NatsRequest request;
  bool json = false;

  void setup(CLI::App& app);
  int run(Context& context);

 private:
  CurveTable read() const;
};

}  // namespace tse::cli
