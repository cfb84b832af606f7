#include "tse/search/budget.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "tse/base/error.h"

namespace tse {
namespace {

constexpr double kMost = 1e9;

/// Seconds of a unit of time; nothing where it is none.
std::optional<double> seconds_of(std::string_view unit) {
  if (unit == "s") return 1;
  if (unit == "min") return 60;
  if (unit == "h") return 3600;
  if (unit == "d") return 86400;
  return std::nullopt;
}

}  // namespace

SearchBudget parse_search_budget(std::string_view text, std::string_view place) {
  double amount = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
  std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  SearchBudget budget;
  const auto seconds = seconds_of(unit);
  const bool whole = amount == std::floor(amount);
  if (error == std::errc{} && amount > 0 && amount <= kMost) {
    if ((unit == "trials" || unit == "trial") && whole) budget.trials = static_cast<int>(amount);
    if (unit == "epochs" || unit == "epoch") budget.epochs = amount;
    if (seconds) budget.seconds = std::round(1000 * amount * *seconds) / 1000;
  }
  if (budget == SearchBudget{} || budget.seconds == 0)
    throw UsageError(place, "expected a budget as 200trials, 4000epochs, 30min or 2h; got '{}'", text);
  return budget;
}

std::string to_text(const SearchBudget& budget) {
  if (budget.trials) return fmt::format("{}trials", *budget.trials);
  if (budget.epochs) return fmt::format("{}epochs", *budget.epochs);
  return fmt::format("{}s", budget.seconds.value_or(0));
}

}  // namespace tse
