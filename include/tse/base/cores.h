#pragma once

#include <filesystem>

namespace tse {

/// How many processors' time this process can have, at least 1: those it may run on (its affinity mask, which taskset,
/// Slurm and containers set), or the control groups' quota where that is less, rounded down. `root` is where proc and
/// sys are mounted.
int available_cores(const std::filesystem::path& root = "/");

}  // namespace tse
