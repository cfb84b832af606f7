#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tse {

/// What a search may spend: trials, or epochs of training of all of them together, or time. Exactly one is given.
struct SearchBudget {
  std::optional<int> trials = {};
  std::optional<double> epochs = {};
  std::optional<double> seconds = {};

  bool operator==(const SearchBudget&) const = default;
};

/// "200trials", "4000epochs", "90s", "30min", "2h" or "1d". UsageError at `place` for anything else, and for none.
SearchBudget parse_search_budget(std::string_view text, std::string_view place);

/// As parse_search_budget reads it.
std::string to_text(const SearchBudget& budget);

}  // namespace tse
