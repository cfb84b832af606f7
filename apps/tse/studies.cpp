#include "studies.h"

#include <iostream>

#include "training.h"
#include "tse/report/status.h"
#include "tse/study/study.h"

namespace tse::cli {
namespace {

void add_study(CLI::App& app, std::string& study) { app.add_option("study", study, "file of the study")->required(); }

}  // namespace

void ResumeVerb::setup(CLI::App& app) {
  add_study(app, study);
  add_options(app, {{"report", &report, "folder for the HTML report", {}},
                    {"workers", &workers, "processes that train, 0 is one per core", between(0, 1024)}});
  add_json(app, json);
}

int ResumeVerb::run(Context& /*context*/) {
  return resume_training(study, {.workers = workers, .report = report, .json = json});
}

void StatusVerb::setup(CLI::App& app) {
  add_study(app, study);
  add_json(app, json);
}

int StatusVerb::run(Context& /*context*/) {
  Plan plan;
  const auto store = open_study(study, Access::read, plan);
  const std::vector<Trial> trials = store->trials(false);
  const StatusOptions options{.at_work = store->coordinator().has_value()};
  if (json) {
    print_json(status_json(study, trials, options));
  } else {
    std::cout << status_text(study, trials, options);
  }
  return kExitDone;
}

void ReportVerb::setup(CLI::App& app) {
  add_study(app, study);
  app.add_option("--out", folder, "folder for the HTML report");
  add_json(app, json);
}

int ReportVerb::run(Context& /*context*/) {
  Plan plan;
  const auto store = open_study(study, Access::read, plan);
  present(*store, plan, study, {.workers = 0, .report = folder, .json = json});
  return kExitDone;
}

}  // namespace tse::cli
