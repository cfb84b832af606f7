#include "training.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <optional>

#include "interrupt.h"
#include "tse/base/error.h"
#include "tse/report/differentiate_html.h"
#include "tse/report/html.h"
#include "tse/report/one_shot_html.h"
#include "tse/report/page_file.h"
#include "tse/report/progress.h"
#include "tse/report/search_html.h"
#include "tse/workflow/differentiate.h"
#include "tse/workflow/one_shot.h"
#include "tse/workflow/present.h"
#include "tse/workflow/search.h"
#include "tse/workflow/search_view.h"

namespace tse::cli {
namespace {

RunControls controls_for(const Presentation& presentation) {
  RunControls controls;
  controls.workers = presentation.workers;
  controls.lanes = presentation.lanes;
  controls.stop = interrupted;
  controls.note = say;
  return controls;
}

void check_page(const Plan& plan, const std::string& study, const Presentation& presentation) {
  if (plan.verb == "score" && !presentation.report.empty()) {
    throw UsageError(study, "expected a study of trainings; zero-cost scores have no page of their own");
  }
  if (!presentation.report.empty()) expect_own_page(page_in(presentation.report));
}

/// The page of a ranking or a search, where one is asked for.
template <class Results>
void write_report(const Results& results, const Presentation& presentation) {
  if (presentation.report.empty()) return;
  const std::filesystem::path page = page_in(presentation.report);
  write_html(results, page);
  std::cerr << fmt::format("report {}\n", page.string());
}

template <class View>
void present_view(const View& view, const Presentation& presentation) {
  if (presentation.json) {
    print_json(to_json(view));
  } else {
    std::cout << to_text(view, output_width());
  }
  write_report(view, presentation);
}

/// The exit code of a study that has come to its end: where nothing could be trained, that is no result.
int exit_code_of(Store& store, const std::string& study) {
  const std::vector<Trial> trials = store.trials(false);
  const auto failed = [](const Trial& trial) { return trial.trace.status == TraceStatus::failed; };
  if (trials.empty() || !std::ranges::all_of(trials, failed)) return kExitDone;
  say(fmt::format("[{}] expected a network that can be trained; {}", study,
                  trials.size() == 1 ? "it failed" : fmt::format("all {} failed", trials.size())));
  return kExitData;
}

int run_and_present(const OpenStudy& open, RunControls controls, const Presentation& presentation) {
  const std::string study = open.file.string();
  check_page(open.plan, study, presentation);
  catch_interrupts();
  ProgressLine line(std::cerr, display_of(STDERR_FILENO));
  std::optional<DifferentiateProgress> gradients;
  if (open.plan.differentiate) gradients.emplace(open.plan, open.file);
  controls.progress = [&](const std::vector<Trial>& trials, const Growth* search) {
    line.show(search != nullptr    ? search_progress(trials, *search, open.plan)
              : open.plan.one_shot ? one_shot_progress(trials, open.plan)
              : gradients          ? gradients->of(trials)
                                   : study_progress(trials));
  };
  const Ending ending = run(open, controls);
  line.finish();
  if (ending == Ending::stopped) {
    std::cerr << fmt::format("interrupted; nothing is lost. Go on with: tse resume {}\n", study);
    return kExitInterrupted;
  }
  present(*open.store, open.plan, study, presentation);
  return exit_code_of(*open.store, study);
}

}  // namespace

int run_training(const Plan& plan, const std::vector<Arch>& archs, const TrainingOptions& options,
                 const Presentation& presentation) {
  const RunControls controls = controls_for(presentation);
  check_page(plan, options.study, presentation);
  OpenStudy open = begin_or_open(plan, archs, options.study, options.reuse, controls);
  try {
    return run_and_present(open, controls, presentation);
  } catch (const UsageError&) {
    discard_if_empty(open);
    throw;
  } catch (const DataError&) {
    discard_if_empty(open);
    throw;
  }
}

int resume_training(const std::string& study, const Presentation& presentation) {
  const RunControls controls = controls_for(presentation);
  OpenStudy open = open_to_read(study, controls);
  if (!goes_on(*open.store, open.plan) && !presentation.retry_failed) {  // nobody need be able to write it
    present(*open.store, open.plan, study, presentation);
    return exit_code_of(*open.store, study);
  }
  if ((open.plan.search || open.plan.one_shot) && presentation.retry_failed)
    throw UsageError(
        "--retry-failed",
        "expected a study of another kind: what is trained after a failure depends on it, in a search as in a race");
  open = open_to_go_on(study, {.note = {}});  // what there is to say of it has been said
  if (presentation.retry_failed) {
    const int count = open.store->retry_failed();
    controls.note(
        count == 0 ? "no trial has failed"
                   : fmt::format("{} again", count == 1 ? "1 failed trial" : fmt::format("{} failed trials", count)));
  }
  return run_and_present(open, controls, presentation);
}

void present_search(const SearchView& view, const Presentation& presentation) { present_view(view, presentation); }

void present(Store& store, const Plan& plan, const std::string& study, const Presentation& presentation) {
  check_page(plan, study, presentation);
  if (plan.verb == "search") {
    present_search(search_view(store, plan, study), presentation);
    return;
  }
  if (plan.one_shot) {
    present_view(one_shot_view(store, plan, study), presentation);
    return;
  }
  if (plan.differentiate) {
    present_view(differentiate_view(store, plan, study), presentation);
    return;
  }
  const Ranking ranking = ranking_of(store, plan, study);
  if (presentation.json) {
    print_json(results_json(plan, ranking));
  } else {
    std::cout << results_text(plan, ranking, output_width());
  }
  write_report(ranking, presentation);
}

}  // namespace tse::cli
