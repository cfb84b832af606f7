#include "verbs/export.h"

#include <fmt/format.h>

#include "tse/base/error.h"
#include "tse/base/program.h"
#include "tse/base/write.h"
#include "tse/store/curve_study.h"
#include "tse/study/export.h"
#include "tse/study/runs.h"
#include "tse/workflow/run.h"

namespace tse::cli {
namespace {

/// Says what was made, in a line or as the part of a document that is returned.
Json told(const std::string& made, const Exported& exported, const char* left, bool json) {
  if (!json) {
    fmt::print("{}: {} trainings", made, exported.trials);
    if (exported.left > 0) fmt::print("; left out are {} that {}", exported.left, left);
    fmt::print(".\n");
  }
  return {{"file", made}, {"trials", exported.trials}, {"left", exported.left}};
}

}  // namespace

void ExportVerb::setup(CLI::App& app) {
  app.add_option("study", study, "file of the study")->required();
  app.add_option("--to", to, "new study file: the finished trials alone, without this machine's folders and hosts");
  app.add_option("--csv", csv,
                 "folder for one table per metric, as tse import reads them, and final.csv; of imported curves too");
  add_json(app, json);
}

int ExportVerb::run(Context& /*context*/) {
  if (to.empty() && csv.empty()) throw UsageError("export", "expected --to FILE or --csv DIR, or both");
  if (!to.empty() && holds_curves(study))
    throw UsageError(study,
                     "expected a study of trainings for --to; imported curves are whole as they are: copy the file");
  Json made = {{"study", study}};
  if (!to.empty()) expect_no_file(to);
  if (!csv.empty()) made["csv"] = told(csv, export_curves(read_runs(study), csv), "failed or are not finished", json);
  if (!to.empty()) {
    const OpenStudy open = open_to_read(study, {.note = say});
    made["to"] = told(to, export_study(*open.store, open.plan, to), "are not finished", json);
  }
  if (json) print_json(made);
  return kExitDone;
}

}  // namespace tse::cli
