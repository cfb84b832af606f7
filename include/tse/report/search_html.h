#pragma once

#include <filesystem>
#include <string>

#include "tse/report/search.h"

namespace tse {

/// A search as one HTML page that opens offline and loads nothing: what was searched, the winner with its drawing and
/// the command that goes on with it, the best so far over cost, all trials, for replays every way to search against the
/// others, the history as a sortable table, the manifest, the numbers to save. Everything from outside is escaped, and
/// the page's content security policy lets only its own scripts run.
std::string to_html(const SearchView& view);

/// Writes the page as write_page does.
void write_html(const SearchView& view, const std::filesystem::path& file);

}  // namespace tse
