#pragma once

#include <string>

#include "tse/report/ranking.h"

namespace tse {

// The parts of the report's page, each a piece of HTML with everything from outside escaped.

std::string lead_html(const Ranking& ranking);
std::string facts_html(const Ranking& ranking);

/// Cards with the drawings of the best and the worst that trained to the end.
std::string cells_html(const Ranking& ranking);

std::string ranking_note_html(const Ranking& ranking);

/// Head and body of the ranking table.
std::string ranking_table_html(const Ranking& ranking);

/// The section on trials that diverged or failed; empty where all is well.
std::string trouble_html(const Ranking& ranking);

std::string agreement_note_html(const Ranking& ranking);
std::string predictors_html(const Ranking& ranking);
std::string agreement_rows_html(const Ranking& ranking);
std::string agreement_legend_html(const Ranking& ranking);

}  // namespace tse
