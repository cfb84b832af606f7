#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tse/report/differentiate.h"
#include "tse/report/progress.h"
#include "tse/store/store.h"
#include "tse/study/plan.h"

namespace tse {

/// UsageError where the plan's searches cannot begin: a space without mixture or too few channels, a method that needs
/// images that the data do not hold out, a sum of losses that no estimator gives, more options to keep than there are.
void expect_differentiable(const Plan& plan);

/// How far the searches are; and what the first of those under way would choose, as far as their checkpoints tell,
/// which are looked at when they change.
class DifferentiateProgress {
 public:
  DifferentiateProgress(const Plan& plan, std::filesystem::path study);
  StudyProgress of(const std::vector<Trial>& trials);

 private:
  void look_at(const Trial& trial);

  const Plan& plan_;
  std::filesystem::path study_;
  std::filesystem::file_time_type seen_ = {};  // the time of the checkpoint that was looked at last
  int trial_ = -1;                             // whose it is
  std::string so_far_ = {};
};

/// The results so far.
DifferentiateView differentiate_view(Store& store, const Plan& plan, const std::string& study);

}  // namespace tse
