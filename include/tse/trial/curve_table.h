#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tse/base/json.h"

namespace tse {

/// What a learning curve may be of. Losses are means of cross-entropies (or whatever the source minimised); accuracies
/// and errors in the source's own unit, percent or fraction.
enum class Metric {
  train_loss,
  valid_loss,
  test_loss,
  train_accuracy,
  valid_accuracy,
  test_accuracy,
  train_error,
  valid_error,
  test_error,
};

std::string_view to_text(Metric metric);

/// All of them, in order.
std::span<const Metric> all_metrics();

/// The metric of this name; nothing where there is none.
std::optional<Metric> find_metric(std::string_view name);

/// DataError at `place` where it is none.
Metric parse_metric(std::string_view text, std::string_view place);

/// The metric that somebody asks for at `place`; UsageError with the known ones where it is none.
Metric metric_named(std::string_view text, std::string_view place);

/// Losses and errors: lower values are better.
bool is_lower_better(Metric metric);

/// The most numbers of one metric, rows x epochs, that a study holds: 250 MB.
inline constexpr std::size_t kMostCurveNumbers = 31'250'000;

/// Learning curves of many trainings that somebody recorded, one row per training, as columns.
struct CurveTable {
  std::vector<std::string> archs;  // any text: it need not belong to a registered space
  int epochs = 0;                  // of the longest curve

  /// By metric, rows x epochs, row-major: entry (row, t-1) is the value after epoch t, NaN where it was not recorded.
  std::map<Metric, std::vector<double>> curves = {};

  /// One number per row by name (parameters, MACs, final accuracies), NaN where it was not recorded.
  std::map<std::string, std::vector<double>> columns = {};

  std::string outcome = {};    // the column to rank against; empty without one
  bool outcome_lower = false;  // lower outcomes are better

  /// Where it all comes from: files with their digests, and of each curve and column its data set, split and seed.
  Json source = Json::object();

  std::size_t rows() const { return archs.size(); }

  /// One training's curve, `epochs` values. There must be such a metric.
  std::span<const double> curve(Metric metric, std::size_t row) const {
    return std::span(curves.at(metric))
        .subspan(row * static_cast<std::size_t>(epochs), static_cast<std::size_t>(epochs));
  }

  bool operator==(const CurveTable&) const = default;
};

}  // namespace tse
