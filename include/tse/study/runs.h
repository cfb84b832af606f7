#pragma once

#include <filesystem>

#include "tse/estimate/runs.h"

namespace tse {

/// The finished trainings of a study, to compare estimators on, or what a study of imported curves holds. Columns of
/// our own: `params`, `macs`, the last evaluations, zero-cost scores, and the outcome that the study was given, if any.
/// The outcome is that one, else the test accuracy after the last epoch of the same training. Reads only, beside a
/// study that runs too. DataError where the file is no study.
Runs read_runs(const std::filesystem::path& study);

}  // namespace tse
