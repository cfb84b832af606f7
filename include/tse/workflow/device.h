#pragma once

#include <string>

namespace tse {

/// The device that a study's trials name: what was asked for, or for "auto" the first GPU where the engine finds one,
/// else the CPU. The engine is only asked where this machine has a GPU's driver.
std::string chosen_device(const std::string& asked);

}  // namespace tse
