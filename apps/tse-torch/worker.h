#pragma once

#include <filesystem>

namespace tse::engine {

/// Trains or scores trials of a study, so many at a time, until none is left or it is asked to stop. Returns the exit
/// code.
int run_worker(const std::filesystem::path& study, int lanes);

}  // namespace tse::engine
