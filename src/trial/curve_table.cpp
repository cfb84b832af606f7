#include "tse/trial/curve_table.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "tse/base/error.h"
#include "tse/base/option.h"

namespace tse {
namespace {

constexpr std::array<std::string_view, 9> kNames = {"train_loss",     "valid_loss",     "test_loss",
                                                    "train_accuracy", "valid_accuracy", "test_accuracy",
                                                    "train_error",    "valid_error",    "test_error"};

constexpr std::array kAll = {Metric::train_loss,     Metric::valid_loss,     Metric::test_loss,
                             Metric::train_accuracy, Metric::valid_accuracy, Metric::test_accuracy,
                             Metric::train_error,    Metric::valid_error,    Metric::test_error};
static_assert(kAll.size() == kNames.size());

}  // namespace

std::span<const Metric> all_metrics() { return kAll; }

std::string_view to_text(Metric metric) { return kNames.at(static_cast<std::size_t>(metric)); }

std::optional<Metric> find_metric(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return kAll.at(static_cast<std::size_t>(found - kNames.begin()));
}

Metric parse_metric(std::string_view text, std::string_view place) {
  if (const auto metric = find_metric(text)) return *metric;
  throw DataError(place, "expected a metric ({}); got '{}'", fmt::join(kNames, ", "), text);
}

Metric metric_named(std::string_view text, std::string_view place) {
  if (const auto metric = find_metric(text)) return *metric;
  throw UsageError(place, "{}", unknown_name("metric", text, {kNames.begin(), kNames.end()}));
}

bool is_lower_better(Metric metric) { return !to_text(metric).ends_with("accuracy"); }

}  // namespace tse
