#include "verbs/studies.h"

#include <iostream>

#include "training.h"
#include "tse/base/error.h"
#include "tse/report/imported.h"
#include "tse/report/status.h"
#include "tse/store/curve_study.h"
#include "tse/study/one_shot.h"
#include "tse/workflow/search.h"

namespace tse::cli {
namespace {

void add_study(CLI::App& app, std::string& study) { app.add_option("study", study, "file of the study")->required(); }

/// What `tse import` printed.
int show_imported(const std::string& study, bool json) {
  const CurveStudy curves(study);
  if (json) {
    print_json(imported_json(study, curves.contents()));
  } else {
    std::cout << imported_text(study, curves.contents());
  }
  return kExitDone;
}

}  // namespace

void ResumeVerb::setup(CLI::App& app) {
  add_study(app, study);
  add_options(app,
              {{"report", &report, "folder for the HTML report", {}},
               {"workers", &workers, "processes that train, 0 is one per core", between(0, 1024)},
               {"lanes", &lanes, "trainings at once in each worker, 0 is 8 on a GPU and 1 on a CPU", between(0, 64)}});
  app.add_flag("--retry-failed", retry_failed, "train again what failed since its workers died");
  add_json(app, json);
}

int ResumeVerb::run(Context& /*context*/) {
  if (holds_curves(study)) {
    if (!report.empty() || workers != 0 || lanes != 0 || retry_failed) {
      throw UsageError(study,
                       "expected no options but --json: the study holds imported curves, which nothing trains; see "
                       "tse evaluate");
    }
    return show_imported(study, json);
  }
  return resume_training(
      study, {.workers = workers, .lanes = lanes, .retry_failed = retry_failed, .report = report, .json = json});
}

void StatusVerb::setup(CLI::App& app) {
  add_study(app, study);
  add_json(app, json);
}

int StatusVerb::run(Context& /*context*/) {
  if (holds_curves(study)) return show_imported(study, json);
  const OpenStudy open = open_to_read(study, {.note = say});
  const std::vector<Trial> trials = open.store->trials(false);
  StatusOptions options{.at_work = open.store->coordinator().has_value()};
  if (open.plan.search) {
    options.planned = planned_work(
        open.plan, trials, {.proposes = !search_end(*open.store), .finals = finals_to_come(*open.store, open.plan)});
  }
  if (open.plan.one_shot) {
    const int to_come = one_shot_trials(*open.plan.one_shot) - static_cast<int>(trials.size());
    options.planned = {.trials = to_come, .epochs = static_cast<double>(to_come) * open.plan.budget.epochs};
  }
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
  app.add_flag("--step-losses", step_losses, "put the loss of every step into the JSON");
  add_json(app, json);
}

int ReportVerb::run(Context& /*context*/) {
  if (holds_curves(study)) {
    throw UsageError(study,
                     "expected a study of trainings; this one holds imported curves: see tse status and tse evaluate");
  }
  OpenStudy open = open_to_read(study, {.note = say});
  const bool has_losses = open.plan.verb == "rank" || open.plan.verb == "train";
  if (step_losses && (!json || !has_losses))
    throw UsageError("--step-losses", "expected --json beside it, and a study of tse rank or train");
  open.plan.step_losses = open.plan.step_losses || step_losses;
  present(*open.store, open.plan, study, {.workers = 0, .lanes = 0, .report = folder, .json = json});
  return kExitDone;
}

}  // namespace tse::cli
