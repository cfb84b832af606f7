#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "tse/exec/process.h"
#include "tse/trial/job.h"

namespace tse {

/// A process of the engine that scores networks one after the other, while the caller waits: for a search that chooses
/// by a zero-cost score what to train. Killed when its owner goes.
class ScorerProcess {
 public:
  explicit ScorerProcess(const std::filesystem::path& engine);
  ScorerProcess(const ScorerProcess&) = delete;
  ScorerProcess& operator=(const ScorerProcess&) = delete;
  ~ScorerProcess();

  /// The job's first zero-cost score. `attend` is called about ten times a second while the engine works, and may give
  /// up by throwing, after which nothing more can be asked. DataError with its last words where the engine refuses or
  /// dies.
  double score(const Job& job, const std::function<void()>& attend = {});

 private:
  [[noreturn]] void fail();
  void wait(const std::function<void()>& attend) const;

  std::filesystem::path engine_;
  Child child_;
  std::string read_;  // beyond the last line
};

}  // namespace tse
