#pragma once

#include <string>
#include <string_view>

#include "tse/base/json.h"

namespace tse {

// What pages are put together from, each a piece of HTML with everything from outside escaped.

/// A whole page, complete in itself: only its own scripts run, and nothing is loaded. `body` is HTML, `script` what
/// draws its plots, from `data`.
std::string page_html(std::string_view title, const std::string& body, std::string_view script, const Json& data);

/// A text with places where a narrow page may break it: after any of the characters of `after`.
std::string breakable_html(std::string_view text, std::string_view after);

/// An architecture's text, broken after "+" where it must be, after "|" where that is not enough.
std::string arch_html(const std::string& arch);

/// A name with its value, for a list of facts; nothing where the value is empty.
std::string fact_html(std::string_view name, std::string_view value);

/// A heading that sorts; `first` is the direction that brings what is good to the top, `sorted` the one that the rows
/// are in.
std::string head_html(std::string_view title, std::string_view classes, std::string_view first,
                      std::string_view sorted = "");

/// A cell that is sorted by the number; by nothing, and so last, where that is NaN.
std::string number_cell_html(double value, std::string_view shown, std::string_view classes = "");

/// Where a study comes from, as the inside of a list of facts.
std::string manifest_html(const Json& manifest);

}  // namespace tse
