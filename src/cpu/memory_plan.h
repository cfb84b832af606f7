#pragma once

#include <cstddef>

#include "plan.h"

namespace tse::cpu {

/// Gives every value of the plan its place, and every pass its block of images: values that are never alive together
/// share memory.
void place(Plan& plan);

/// Images in a block of a pass whose largest value has so many bytes per image: a power of two.
int block_images(std::size_t image_bytes);

}  // namespace tse::cpu
