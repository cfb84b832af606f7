#pragma once

#include <string>

#include "tse/report/search.h"

namespace tse {

// The parts of a search's page, each a piece of HTML with everything from outside escaped.

std::string search_facts_html(const SearchView& view);

/// The section on the best trial: its drawing, the final trainings, the command that trains it.
std::string winner_html(const SearchView& view);

std::string history_note_html(const SearchView& view);

/// Head and body of the table of trials.
std::string history_table_html(const SearchView& view);

/// Head and body of the table of ways to search.
std::string contenders_table_html(const SearchView& view);

}  // namespace tse
