#include "tse/workflow/run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <optional>

#include "tse/base/memory.h"
#include "tse/base/path.h"
#include "tse/cpu/instruction_set.h"
#include "tse/data/data.h"
#include "tse/exec/programs.h"
#include "tse/space/space.h"
#include "tse/store/open.h"
#include "tse/study/differentiate.h"
#include "tse/study/one_shot.h"
#include "tse/study/reuse.h"
#include "tse/workflow/memory.h"
#include "tse/workflow/search.h"

namespace tse {
namespace {

namespace fs = std::filesystem;

constexpr int kLikely = 50;  // networks of a space, to tell what memory its trainings take

void tell(const RunControls& controls, const std::string& line) {
  if (controls.note) controls.note(line);
}

void warn(Store& store, const RunControls& controls) {
  for (const std::string& line : store.warnings()) tell(controls, line);
}

OpenStudy opened(const fs::path& study, Access access, const RunControls& controls) {
  OpenStudy open{.file = study, .plan = {}, .store = nullptr};
  open.store = open_study(study, access, open.plan);
  warn(*open.store, controls);
  return open;
}

/// Trials like those that a search may propose.
std::vector<Job> likely_jobs(const Plan& plan) {
  const auto space = make_space(plan.space);
  Stream random(derive_seed(plan.seed, "likely"));
  std::vector<Job> jobs;
  for (const std::string& arch : plan.search->archs) jobs.push_back(make_job(plan, {arch}, 0));
  if (!jobs.empty()) return jobs;
  for (int i = 0; i < kLikely; ++i) jobs.push_back(make_job(plan, space->sample(random), i));
  return jobs;
}

/// Of what is left to do, within the memory there is.
int workers_for(const OpenStudy& study, const RunControls& controls) {
  std::vector<Job> jobs;
  if (study.plan.search) jobs = likely_jobs(study.plan);
  if (study.plan.one_shot) jobs = candidate_jobs(study.plan, 0);
  for (const Trial& trial : study.store->trials(false)) {
    if (trial.state != TrialState::finished) jobs.push_back(trial.job);
  }
  if (jobs.empty()) return std::max(controls.workers, 1);
  const Grant grant = granted_workers(controls.workers, study.plan.engine,
                                      worker_memory(jobs, make_data(study.plan.data)->facts()), available_memory());
  if (!grant.note.empty()) tell(controls, grant.note);
  return grant.workers;
}

bool is_timed(const Plan& plan) { return parse_search_budget(plan.search->budget, "budget").seconds.has_value(); }

/// A search within a time begins no trial before there is somebody to train it; others as many as the window lets.
int trials_ahead(const Plan& plan, const RunOptions& options) {
  return is_timed(plan) ? options.workers * options.lanes : plan.search->window;
}

/// Seconds that a search has run: since now, and before that as long as its results took that many at once.
std::function<double()> search_clock(const std::vector<Trial>& before, const RunOptions& options) {
  double seconds = 0;
  for (const Trial& trial : before) seconds += trial.trace.seconds;
  seconds /= options.workers * options.lanes;
  return [seconds, start = std::chrono::steady_clock::now()] {
    return seconds + std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
}

/// What a person should know of this machine for this study.
void tell_of_machine(const OpenStudy& study, const std::vector<Trial>& trials, const RunControls& controls) {
  const Plan& plan = study.plan;
  if (plan.engine.device != "cpu") return;
  const std::string now = cpu::instruction_set();
  const std::string then = plan.manifest.is_object() ? plan.manifest.value("instruction_set", now) : now;
  const auto begun = [](const Trial& trial) { return trial.state == TrialState::finished || trial.progress.steps > 0; };
  if (then != now && std::ranges::any_of(trials, begun)) {
    tell(controls, fmt::format("the study was begun with {} and goes on with {}: what is trained now may differ in the "
                               "last digits from what would have been trained there",
                               then, now));
  }
  if (plan.engine.precision == "bf16" && plan.verb != "score" && !cpu::saves_time_in_bf16())
    tell(controls,
         "--precision bf16 saves no time on this CPU, which has no AVX512_BF16; its numbers are those of bf16");
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
  const std::vector<Job> jobs = plan.one_shot        ? supernet_jobs(plan)
                                : plan.differentiate ? differentiate_jobs(plan)
                                                     : make_jobs(plan, archs);
  Known known;
  const bool begins = !path_exists(open.file);  // later on it has them already
  if (begins && !reuse.empty()) known = known_results(reuse, jobs);
  open.folders = make_folders(open.file.parent_path());
  try {
    open.store = begin_study(open.file, plan, jobs, known);
  } catch (...) {
    remove_empty(open.folders);
    throw;
  }
  open.begun = begins;
  open.plan = plan_from_json(open.store->plan(), open.file.string());
  tell(controls, fmt::format("study {}", open.file.string()));
  warn(*open.store, controls);
  if (begins) open.reused = static_cast<int>(known.results.size());
  if (!known.results.empty())
    tell(controls, fmt::format("{} of {} results are those of {}", known.results.size(), jobs.size(), reuse));
  return open;
}

void discard_if_empty(OpenStudy& study) {
  if (!study.begun || !study.store->in_place()) return;
  const auto recorded = [](const Trial& trial) { return trial.state == TrialState::finished; };
  const auto begun = [](const Trial& trial) { return trial.progress.steps > 0 || trial.crashes > 0; };
  const std::vector<Trial> trials = study.store->trials(false);
  if (std::ranges::count_if(trials, recorded) != study.reused || std::ranges::any_of(trials, begun)) return;
  study.store.reset();
  std::error_code ignored;  // it is on the way out already
  for (const char* suffix : {"", "-wal", "-shm", ".log"}) fs::remove(study.file.string() + suffix, ignored);
  fs::remove(checkpoint_folder(study.file), ignored);
  remove_empty(study.folders);
}

OpenStudy open_to_go_on(const fs::path& study, const RunControls& controls) {
  return opened(study, Access::write, controls);
}

OpenStudy open_to_read(const fs::path& study, const RunControls& controls) {
  return opened(study, Access::read, controls);
}

Ending run(const OpenStudy& study, const RunControls& controls) {
  if (!goes_on(*study.store, study.plan)) return Ending::finished;  // not a byte of it changes
  tell_of_machine(study, study.store->trials(false), controls);
  RunOptions options{.study = resolved_path(study.file, "study"),
                     .engine = find_program("tse-torch"),
                     .workers = workers_for(study, controls),
                     .lanes = granted_lanes(controls.lanes, study.plan.engine),
                     .threads = study.plan.engine.threads,
                     .stop = controls.stop,
                     .grow = {},
                     .progress = {}};
  DrawWatch watch;
  std::optional<Growth> growth;
  if (study.plan.search) {
    const std::vector<Trial> before = is_timed(study.plan) ? study.store->trials(true) : std::vector<Trial>();
    growth.emplace(grow_by(*study.store, study.plan, options.study.string(), trials_ahead(study.plan, options),
                           search_clock(before, options), watch));
    options.grow = [&](const std::function<void()>& attend) {
      watch = {.attend = attend};
      const bool more = growth->grow();
      watch = {};
      return more;
    };
  }
  if (study.plan.one_shot) {
    options.grow = [&](const std::function<void()>& /*attend*/) { return grow_one_shot(*study.store, study.plan); };
  }
  if (controls.progress)
    options.progress = [&](const std::vector<Trial>& trials) {
      controls.progress(trials, growth ? &*growth : nullptr);
    };
  return run_study(*study.store, options);
}

}  // namespace tse
