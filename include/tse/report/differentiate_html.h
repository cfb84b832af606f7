#pragma once

#include <filesystem>
#include <string>

#include "tse/report/differentiate.h"

namespace tse {

/// One page, complete in itself: what each method found, the outcome of that over epochs, the skip connections in it,
/// the shares of a place's options, all searches as a table.
std::string to_html(const DifferentiateView& view);

/// DataError where it cannot be written.
void write_html(const DifferentiateView& view, const std::filesystem::path& file);

}  // namespace tse
