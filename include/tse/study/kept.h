#pragma once

#include <filesystem>

#include "tse/store/store.h"
#include "tse/trial/checkpoint.h"

namespace tse {

/// The weights that a finished training kept, with its job and its trace. UsageError where there is no such trial, or
/// it only scored its network; DataError where it has not finished, diverged, failed, kept none, or where their file is
/// gone, damaged or of another training.
Checkpoint kept_weights(Store& store, const std::filesystem::path& study, int trial);

/// Whether the file of a trial's weights is there.
bool has_weights(const std::filesystem::path& study, int trial);

}  // namespace tse
