#include "export.h"

#include <fmt/format.h>

#include "tse/base/error.h"
#include "tse/base/program.h"
#include "tse/study/export.h"
#include "tse/study/study.h"

namespace tse::cli {

void ExportVerb::setup(CLI::App& app) {
  app.add_option("study", study, "file of the study")->required();
  app.add_option("--to", to, "new study file: the finished trials alone, without this machine's folders and hosts");
  app.add_option("--csv", csv, "folder for one table per metric, as tse import reads them, and final.csv");
  add_json(app, json);
}

int ExportVerb::run(Context& /*context*/) {
  if (to.empty() && csv.empty()) throw UsageError("export", "expected --to FILE or --csv DIR, or both");
  Plan plan;
  const auto store = open_study(study, Access::read, plan);
  Exported exported;
  if (!to.empty()) exported = export_study(*store, plan, to);
  if (!csv.empty()) exported = export_curves(*store, plan, csv);
  if (json) {
    print_json({{"study", study}, {"to", to}, {"csv", csv}, {"trials", exported.trials}, {"left", exported.left}});
    return kExitDone;
  }
  const std::string left = exported.left == 0 ? "" : fmt::format("; {} are not finished and left out", exported.left);
  for (const std::string& made : {to, csv}) {
    if (!made.empty()) fmt::print("{}: {} trials{}.\n", made, exported.trials, left);
  }
  return kExitDone;
}

}  // namespace tse::cli
