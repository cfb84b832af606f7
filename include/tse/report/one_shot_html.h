#pragma once

#include <filesystem>
#include <string>

#include "tse/report/one_shot.h"

namespace tse {

/// One page, complete in itself: the best candidate, the correlations over mini-batches, scores against outcomes, all
/// candidates as a table.
std::string to_html(const OneShotView& view);

/// DataError where it cannot be written.
void write_html(const OneShotView& view, const std::filesystem::path& file);

}  // namespace tse
