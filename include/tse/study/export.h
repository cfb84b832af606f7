#pragma once

#include <filesystem>

#include "tse/estimate/runs.h"
#include "tse/store/store.h"
#include "tse/study/plan.h"

namespace tse {

struct Exported {
  int trials = 0;  // in the new files
  int left = 0;    // unfinished, and so not in them; of curves those that failed too
};

/// UsageError where a study's later trials depend on earlier ones that are not finished: it cannot be copied.
void expect_over(Store& store, const Plan& plan);

/// DataError where one of the files of export_curves exists.
void expect_new_curves(const Runs& runs, const std::filesystem::path& folder);

/// Copies a study's finished trials, with its plan and what it remembers, to a new study file for others: numbered anew
/// without gaps, without who worked on it. Folders of this machine are left out of its texts: the option `dir` of the
/// data, and folders in the command line. The new file appears whole or not at all; DataError where there is one.
Exported export_study(Store& from, const Plan& plan, const std::filesystem::path& to);

/// Writes learning curves, our own or imported ones, in the form that `tse import` reads: a file for each metric that
/// was recorded (`train_loss.csv`, `valid_accuracy.csv`, …), and `final.csv` with all columns of numbers: parameters,
/// MACs, last evaluations, zero-cost scores, outcomes. A training of ours that diverged has infinite losses from then
/// on, and the outcome that own_outcome gives it. DataError, before anything is written, where one of the files exists.
Exported export_curves(const Runs& runs, const std::filesystem::path& folder);

}  // namespace tse
