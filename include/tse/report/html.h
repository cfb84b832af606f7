#pragma once

#include <filesystem>
#include <string>

#include "tse/report/ranking.h"

namespace tse {

/// The ranking as one HTML page that opens offline and loads nothing: facts, drawings of the best and worst cells, loss
/// curves, score against outcome, sortable table, manifest, the numbers to save. Everything from outside is escaped,
/// and the page's content security policy lets only its own scripts run.
std::string to_html(const Ranking& ranking);

/// Writes the page as write_page does.
void write_html(const Ranking& ranking, const std::filesystem::path& file);

}  // namespace tse
