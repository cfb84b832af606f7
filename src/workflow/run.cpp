#include "tse/workflow/run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "tse/base/memory.h"
#include "tse/base/path.h"
#include "tse/data/data.h"
#include "tse/exec/programs.h"
#include "tse/study/reuse.h"
#include "tse/workflow/memory.h"

namespace tse {
namespace {

namespace fs = std::filesystem;

void tell(const RunControls& controls, const std::string& line) {
  if (controls.note) controls.note(line);
}

void warn(Store& store, const RunControls& controls) {
  for (const std::string& line : store.warnings()) tell(controls, line);
}

/// Of what is left to do, within the memory there is.
int workers_for(const OpenStudy& study, const RunControls& controls) {
  std::vector<Job> jobs;
  for (const Trial& trial : study.store->trials(false)) {
    if (trial.state != TrialState::finished) jobs.push_back(trial.job);
  }
  if (jobs.empty()) return std::max(controls.workers, 1);
  const Grant grant = granted_workers(controls.workers, study.plan.engine,
                                      worker_memory(jobs, make_data(study.plan.data)->facts()), available_memory());
  if (!grant.note.empty()) tell(controls, grant.note);
  return grant.workers;
}

}  // namespace

fs::path new_study_name(const std::string& verb) {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  char stamp[32];
  std::strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &local);
  return fs::path("runs") / fmt::format("{}-{}-{}.tse", verb, stamp, ::getpid());
}

OpenStudy begin_or_open(const Plan& plan, const std::vector<Arch>& archs, const std::string& study,
                        const std::string& reuse, const RunControls& controls) {
  OpenStudy open{.file = study.empty() ? new_study_name(plan.verb) : fs::path(study), .plan = {}, .store = nullptr};
  const std::vector<Job> jobs = make_jobs(plan, archs);
  Known known;
  const bool begins = !path_exists(open.file);  // later on it has them already
  if (begins && !reuse.empty()) known = known_results(reuse, jobs);
  open.store = begin_study(open.file, plan, jobs, known);
  open.begun = begins;
  open.plan = plan_from_json(open.store->plan(), open.file.string());
  tell(controls, fmt::format("study {}", open.file.string()));
  warn(*open.store, controls);
  if (!known.results.empty())
    tell(controls, fmt::format("{} of {} results are those of {}", known.results.size(), jobs.size(), reuse));
  return open;
}

void discard_if_empty(OpenStudy& study) {
  if (!study.begun || study.store->unfinished() != study.store->count()) return;
  study.store.reset();
  std::error_code ignored;  // it is on the way out already
  for (const char* suffix : {"", "-wal", "-shm", ".log"}) fs::remove(study.file.string() + suffix, ignored);
  fs::remove(checkpoint_folder(study.file), ignored);
}

OpenStudy open_to_go_on(const fs::path& study, const RunControls& controls) {
  OpenStudy open{.file = study, .plan = {}, .store = nullptr};
  open.store = open_study(study, Access::write, open.plan);
  warn(*open.store, controls);
  return open;
}

Ending run(const OpenStudy& study, const RunControls& controls) {
  if (study.store->unfinished() == 0) return Ending::finished;  // not a byte of it changes
  return run_study(*study.store, {.study = resolved_path(study.file, "study"),
                                  .engine = find_program("tse-torch"),
                                  .workers = workers_for(study, controls),
                                  .lanes = granted_lanes(controls.lanes, study.plan.engine),
                                  .stop = controls.stop,
                                  .progress = controls.progress});
}

}  // namespace tse
