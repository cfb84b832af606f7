#pragma once

#include <string>

#include "tse/gpu/kernels.h"

namespace tse::gpu {

// What the texts of kernels are made of.

/// Of a value in memory.
const char* type_of(plan::Storage storage);

/// Values of a thread's load where the channels allow it, else one.
int pack_of(int channels, plan::Storage storage);

/// Body of a kernel that takes `things` one after the other, `i` each.
std::string strided(const std::string& things, const std::string& body);

std::string kernel_text(const std::string& name, const std::string& parameters, const std::string& body);

/// `i` of (images, rows, columns, channels/pack) taken apart into image, y, x and the first channel c.
std::string apart(const std::string& rows, const std::string& columns, int pack);

}  // namespace tse::gpu
