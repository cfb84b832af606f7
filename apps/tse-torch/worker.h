#pragma once

#include <filesystem>

namespace tse::engine {

/// Trains or scores trials of a study, one after the other, until none is left or it is asked to stop. Returns the exit
/// code.
int run_worker(const std::filesystem::path& study);

}  // namespace tse::engine
