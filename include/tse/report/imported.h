#pragma once

#include <string>

#include "tse/base/json.h"
#include "tse/store/curve_study.h"

namespace tse {

/// What a study of imported curves holds, for people: its size, how much of each metric and column is recorded, where
/// it comes from. `study` is its name as it is typed.
std::string imported_text(const std::string& study, const CurveContents& contents);

/// The same as one JSON object, what `tse import` prints: rows, epochs, numbers recorded of each metric and column, the
/// outcome (null without one), the source.
Json imported_json(const std::string& study, const CurveContents& contents);

}  // namespace tse
