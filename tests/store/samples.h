#pragma once

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "tse/base/random.h"
#include "tse/trial/job.h"
#include "tse/trial/trace.h"

namespace tse {

/// A folder that is gone after the test; in memory where that can be had, since flushing to a disk would take most of
/// the tests' time.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    const std::filesystem::path memory = "/dev/shm";
    const bool there = access(memory.c_str(), W_OK) == 0;
    std::string name = ((there ? memory : std::filesystem::temp_directory_path()) / "tse-test-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline Job sample_job(int index) {
  Job job;
  job.space = "nb201:channels=8";
  job.data = "synthetic:classes=3,note=a\\,b";
  job.arch.text = "arch \"" + std::to_string(index) + "\" ä";
  job.seed = derive_seed(7, "trial", static_cast<std::uint64_t>(index));
  job.recipe.lr = 0.1 + 1e-17 * index;
  job.budget.epochs = index + 1;
  return job;
}

inline std::vector<Job> sample_jobs(int count) {
  std::vector<Job> jobs;
  for (int i = 0; i < count; ++i) jobs.push_back(sample_job(i));
  return jobs;
}

/// A trace whose numbers come from a seed; the same every time.
inline Trace sample_trace(std::uint64_t seed, int steps = 20) {
  Stream stream(seed);
  Trace trace{.status = TraceStatus::ok, .train_images = 100, .batch = 10};
  for (int i = 0; i < steps; ++i) trace.step_loss.push_back(3 * stream.unit());
  trace.evaluations.push_back({.split = "valid", .epoch = 1, .loss = stream.unit(), .accuracy = stream.unit()});
  trace.seconds = stream.unit();
  trace.images = 10 * steps;
  return trace;
}

/// Runs `action` in a process of its own; the process is not waited for. `action` must not use gtest's assertions:
/// its result is the exit code.
template <class Action>
pid_t in_child(Action action) {
  const pid_t child = fork();
  if (child == 0) {
    int code = 99;
    try {
      code = action();
    } catch (const std::exception& error) {
      fprintf(stderr, "child: %s\n", error.what());
    }
    _exit(code);
  }
  return child;
}

inline int exit_code(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace tse
