// A worker without networks: losses come from the job's seed alone. The environment tells it how to misbehave, so that
// everything that runs workers can be tested against it:
//   TSE_FAKE_DIE=TRIAL:STEP     dies of SIGSEGV at that step
//   TSE_FAKE_KILLED=TRIAL:STEP  is killed there, as by a system without memory
//   TSE_FAKE_SHORT=TRIAL:STEP   finds no memory there
//   TSE_FAKE_STUCK=1            stands still before it takes a trial
//   TSE_FAKE_SPIN=TRIAL:STEP    works there for ever
//   TSE_FAKE_ABORT=TRIAL:STEP   throws what nobody expects: a bug
//   TSE_FAKE_HANG=TRIAL:STEP    stands still at that step
//   TSE_FAKE_DEAF=1             ignores SIGTERM
//   TSE_FAKE_REFUSE=TRIAL       finds the data of that trial to be bad (exit code 3)
//   TSE_FAKE_ONCE=FILE          misbehaves only as long as FILE does not exist, and makes it then
//   TSE_FAKE_STEP_MS=N          takes so long for a step
//   TSE_FAKE_PATIENCE=SECONDS   of the claims
// `fake_worker worker --study FILE` works, and tells how many lanes it was given by `--lanes N`, though it has one;
// `fake_worker coordinate --study FILE WORKERS` runs that many of itself until the study is finished.
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <new>
#include <string>
#include <thread>

#include "tse/base/error.h"
#include "tse/base/program.h"
#include "tse/base/random.h"
#include "tse/exec/worker.h"
#include "tse/exec/worker_pool.h"
#include "tse/store/study_file.h"

namespace tse {
namespace {

constexpr int kStepsPerEpoch = 10;

std::string setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool is_due(const char* name, const std::string& when) {
  if (setting(name) != when) return false;
  const std::string once = setting("TSE_FAKE_ONCE");
  if (once.empty()) return true;
  if (std::filesystem::exists(once)) return false;
  std::ofstream{once};
  return true;
}

void misbehave(int trial, int step) {
  const std::string now = std::to_string(trial) + ":" + std::to_string(step);
  if (is_due("TSE_FAKE_DIE", now)) kill(getpid(), SIGSEGV);
  if (is_due("TSE_FAKE_KILLED", now)) kill(getpid(), SIGKILL);
  if (is_due("TSE_FAKE_SHORT", now)) throw std::bad_alloc();
  if (is_due("TSE_FAKE_SPIN", now)) {
    while (getppid() > 0) continue;
  }
  if (is_due("TSE_FAKE_ABORT", now)) throw std::runtime_error("something unheard of");
  if (is_due("TSE_FAKE_HANG", now)) {
    for (;;) pause();
  }
}

Trace run(const Claim& claim, Reporter& reporter) {
  const Job& job = claim.job;
  if (is_due("TSE_FAKE_REFUSE", std::to_string(job.number))) {
    std::cerr << "[W some.cpp:1] Warning: of a library\n";
    throw DataError(job.data, "expected images; got noise:\n[one.png] is noise\n[two.png] is noise");
  }
  const std::string pause_text = setting("TSE_FAKE_STEP_MS");
  const std::chrono::milliseconds pause(pause_text.empty() ? 0 : std::stoi(pause_text));
  Trace trace{.train_images = kStepsPerEpoch * 4, .batch = 4};
  const int steps = kStepsPerEpoch * job.budget.epochs;
  for (int step = 0; step < steps; ++step) {
    misbehave(job.number, step);
    std::this_thread::sleep_for(pause);
    Stream stream(derive_seed(job.seed, "fake loss", static_cast<std::uint64_t>(step)));
    trace.step_loss.push_back(2.3 * stream.unit());
    trace.images += trace.batch;
    const Progress progress{.steps = step + 1, .steps_total = steps, .last_loss = trace.step_loss.back()};
    if (!reporter.report(progress)) return trace;
  }
  trace.status = TraceStatus::ok;
  return trace;
}

int work_on(const std::filesystem::path& study) {
  const auto store = open_sqlite_study(study, Access::write);
  WorkOptions options{.report = std::chrono::milliseconds(20), .wait = std::chrono::milliseconds(20)};
  if (const std::string text = setting("TSE_FAKE_PATIENCE"); !text.empty()) options.patience_seconds = std::stod(text);
  if (setting("TSE_FAKE_DEAF") == "1") {
    const sigset_t terminate = [] {
      sigset_t set;
      sigemptyset(&set);
      sigaddset(&set, SIGTERM);
      return set;
    }();
    sigprocmask(SIG_BLOCK, &terminate, nullptr);
  }
  if (is_due("TSE_FAKE_STUCK", "1")) {
    for (;;) pause();
  }
  return work_within_means("fake_worker", [&] { return work(*store, self(), run, options); });
}

int coordinate(const std::filesystem::path& program, const std::filesystem::path& study, int workers) {
  const auto store = open_sqlite_study(study, Access::write);
  if (const auto other = store->coordinate(self())) {
    throw DataError(study.string(), "run by {}", to_text(*other));
  }
  WorkerPool pool(*store, {.workers = workers, .program = program, .arguments = {"worker", "--study", study.string()}});
  while (store->unfinished() > 0) {
    pool.poll();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return kExitDone;
}

int dispatch(const std::vector<std::string>& words) {
  if (words.size() == 6 && words[4] == "--lanes") std::cerr << "given " << words[5] << " lanes\n";
  if ((words.size() == 4 || words.size() == 6) && words[1] == "worker") return work_on(words[3]);
  if (words.size() == 5 && words[1] == "coordinate") {
    return coordinate(std::filesystem::read_symlink("/proc/self/exe"), words[3], std::stoi(words[4]));
  }
  throw UsageError("fake_worker", "expected: worker --study FILE, or coordinate --study FILE WORKERS");
}

}  // namespace
}  // namespace tse

int main(int argc, char** argv) {
  return tse::run_program("fake_worker", [&] { return tse::dispatch({argv, argv + argc}); });
}
