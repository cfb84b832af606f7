#pragma once

#include <filesystem>

#include "tse/store/store.h"
#include "tse/study/plan.h"

namespace tse {

struct Exported {
  int trials = 0;  // in the new file
  int left = 0;    // unfinished, and so not in it
};

/// Copies a study's finished trials, with its plan and what it remembers, to a new study file for others: numbered anew
/// without gaps, without who worked on it. Folders of this machine are left out of its texts: the option `dir` of the
/// data, and folders in the command line. The new file appears whole or not at all; DataError where there is one.
Exported export_study(Store& from, const Plan& plan, const std::filesystem::path& to);

/// Writes the finished trials' learning curves in the form that `tse import` reads, a file for each metric that was
/// measured (`train_loss.csv`, `valid_accuracy.csv`, …), and `final.csv`: parameters, MACs, the last value of each, and
/// zero-cost scores. A training that diverged has infinite losses from then on, and the outcome that own_outcome gives
/// it. Existing files are replaced.
Exported export_curves(Store& from, const Plan& plan, const std::filesystem::path& folder);

}  // namespace tse
