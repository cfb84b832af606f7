#include "tse/report/comparison_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tse/base/table.h"
#include "tse/report/budget.h"
#include "tse/report/escape.h"
#include "tse/report/units.h"

namespace tse {
namespace {

using Align = TextTable::Align;

constexpr std::size_t kFewRows = 40;  // that are all shown
constexpr int kBudgetWidth = 10;      // columns of the terminal that a budget takes

std::string budget_text(const Comparison& comparison, int budget) {
  return comparison.end > 0 ? fmt::format("{} ({:.2g})", budget, static_cast<double>(budget) / comparison.end)
                            : fmt::format("{}", budget);
}

int widest_name(const Comparison& comparison) {
  int widest = 9;
  for (const std::string& name : comparison.estimators) widest = std::max(widest, display_width(name));
  return widest;
}

/// Estimators by budgets, as many budgets to a table as the line holds.
std::string correlation_tables(const Comparison& comparison, int width) {
  const std::size_t all = comparison.budgets.size();
  const int room = (width - widest_name(comparison)) / (kBudgetWidth + 2);
  const std::size_t at_once = width <= 0 ? all : static_cast<std::size_t>(std::max(room, 1));
  std::string text;
  for (std::size_t first = 0; first < all; first += at_once) {
    const std::size_t last = std::min(first + at_once, all);
    std::vector<TextTable::Column> columns = {{"estimator"}};
    for (std::size_t b = first; b < last; ++b)
      columns.push_back({budget_text(comparison, comparison.budgets[b]), Align::right});
    TextTable table(std::move(columns));
    for (std::size_t e = 0; e < comparison.estimators.size(); ++e) {
      std::vector<std::string> cells = {clean_text(comparison.estimators[e])};
      for (std::size_t b = first; b < last; ++b) {
        const ComparisonRow& row = comparison.row(b, e);
        cells.push_back(fixed_text(row.spearman, 3) + (row.best ? "*" : " "));
      }
      table.add(std::move(cells));
    }
    if (has_varying_trainings(comparison)) {
      std::vector<std::string> cells = {"trainings"};
      for (std::size_t b = first; b < last; ++b) cells.push_back(fmt::format("{} ", most_measured(comparison, b)));
      table.add(std::move(cells));
    }
    text += (first == 0 ? "" : "\n") + table.text();
  }
  return text;
}

/// Names of the estimators at a budget whose rows are wanted.
template <class Wanted>
std::string names_of(const Comparison& comparison, std::size_t budget, const Wanted& wanted) {
  std::string names;
  for (std::size_t e = 0; e < comparison.estimators.size(); ++e)
    if (wanted(e, comparison.row(budget, e))) names += (names.empty() ? "" : ", ") + comparison.estimators[e];
  return names.empty() ? "-" : clean_text(names);
}

/// Who leads at each budget, and who might as well.
TextTable leaders_table(const Comparison& comparison) {
  TextTable table(
      {{"epochs", Align::right}, {"best"}, {"Spearman", Align::right}, {"95 % interval"}, {"not clearly behind it"}});
  for (std::size_t b = 0; b < comparison.budgets.size(); ++b) {
    const auto first = leader(comparison, b);
    if (!first) continue;
    const ComparisonRow& row = comparison.row(b, *first);
    const auto near = [&](std::size_t e, const ComparisonRow& other) {
      return e != *first && !other.reference_line && other.difference_interval.high >= 0;
    };
    table.add({fmt::format("{}", comparison.budgets[b]), clean_text(row.estimator), fixed_text(row.spearman, 3),
               interval_text(row.interval.low, row.interval.high, 3), names_of(comparison, b, near)});
  }
  return table;
}

/// Who is better and who is worse than the one asked for.
TextTable against_table(const Comparison& comparison) {
  TextTable table({{"epochs", Align::right}, {"clearly better"}, {"clearly worse"}});
  const auto better = [](std::size_t, const ComparisonRow& row) { return row.difference_interval.low > 0; };
  const auto worse = [](std::size_t, const ComparisonRow& row) { return row.difference_interval.high < 0; };
  for (std::size_t b = 0; b < comparison.budgets.size(); ++b) {
    table.add(
        {fmt::format("{}", comparison.budgets[b]), names_of(comparison, b, better), names_of(comparison, b, worse)});
  }
  return table;
}

bool has_numbers(const Comparison& comparison) {
  return std::ranges::any_of(comparison.rows, [](const ComparisonRow& row) { return !std::isnan(row.spearman); });
}

TextTable all_rows_table(const Comparison& comparison) {
  TextTable table({{"epochs", Align::right},
                   {"estimator"},
                   {"n", Align::right},
                   {"Spearman", Align::right},
                   {"95 % interval"},
                   {"Kendall", Align::right},
                   {fmt::format("top-{} overlap", comparison.k), Align::right},
                   {"their mean", Align::right},
                   {"regret", Align::right},
                   {"difference", Align::right},
                   {"95 % interval"}});
  for (const ComparisonRow& row : comparison.rows) {
    if (row.n == 0) continue;
    const std::string n =
        row.diverged > 0 ? fmt::format("{} ({} diverged)", row.n, row.diverged) : fmt::format("{}", row.n);
    table.add({fmt::format("{}", row.epochs), clean_text(row.estimator), n, fixed_text(row.spearman, 3),
               interval_text(row.interval.low, row.interval.high, 3), fixed_text(row.kendall, 3),
               std::isnan(row.top_overlap) ? "-" : fmt::format("{:.0f} %", 100 * row.top_overlap),
               number_text(row.top_mean_outcome), fixed_text(row.top_regret, 4), fixed_text(row.difference, 3),
               interval_text(row.difference_interval.low, row.difference_interval.high, 3)});
  }
  return table;
}

std::string groups_text(const Comparison& comparison, int width) {
  std::string text =
      fmt::format("\nMeans by {}: Spearman's correlation of the groups' mean scores with their mean outcomes.\n\n",
                  clean_text(comparison.group));
  TextTable summary({{"epochs", Align::right},
                     {"estimator"},
                     {"groups", Align::right},
                     {"Spearman", Align::right},
                     {"Kendall", Align::right},
                     {"best group by score"}});
  for (const GroupRow& row : comparison.group_rows) {
    const auto best = std::ranges::max_element(row.groups, {}, &GroupRow::Group::score);
    summary.add({fmt::format("{}", row.epochs), clean_text(row.estimator), fmt::format("{}", row.groups.size()),
                 fixed_text(row.spearman, 3), fixed_text(row.kendall, 3),
                 best == row.groups.end() ? "-" : clean_text(best->name)});
  }
  return text + summary.text(width, 2);
}

}  // namespace

std::string comparison_sentence(const Comparison& comparison) {
  std::string text = fmt::format("{} trainings of {}", comparison.trainings, clean_text(comparison.study));
  if (comparison.at_least)
    text += fmt::format(" (outcome at {} {})", comparison.outcome.lower ? "most" : "least", *comparison.at_least);
  if (comparison.top_fraction < 1) text += fmt::format(" (the best {:.3g} %)", 100 * comparison.top_fraction);
  if (!comparison.facts.empty()) text += fmt::format(": {}", clean_text(comparison.facts));
  text += fmt::format(". Outcome: {}{} of {}", clean_text(comparison.outcome.name),
                      comparison.outcome.lower ? " (lower is better)" : "", clean_text(comparison.outcome.source));
  if (comparison.left_out > 0)
    text += fmt::format("; {} left out (unfinished, failed, or without an outcome)", comparison.left_out);
  text += ".";
  if (!comparison.curve.empty()) text += fmt::format(" In the place of the training loss: {}.", comparison.curve);
  return text;
}

std::string to_text(const Comparison& comparison, int width) {
  std::string text = comparison_sentence(comparison) + "\n";
  text +=
      "\nSpearman's correlation with the outcome after T epochs (T as a share of the whole schedule), the best marked "
      "*\n\n";
  text += correlation_tables(comparison, width);
  if (comparison.bootstrap.resamples > 0 && comparison.estimators.size() > 1 && has_numbers(comparison)) {
    text += comparison.against.empty() ? "\nWho leads" : fmt::format("\nAgainst {}", clean_text(comparison.against));
    text += " (differences on the same trainings, 95 % bootstrap intervals)\n\n";
    text += (comparison.against.empty() ? leaders_table(comparison) : against_table(comparison)).text(width);
  }
  if (comparison.rows.size() <= kFewRows && has_numbers(comparison)) {
    text += fmt::format("\nAll numbers (differences from {})\n\n",
                        comparison.against.empty() ? "the best at that budget" : clean_text(comparison.against));
    text += all_rows_table(comparison).text(width, 2);
  } else if (has_numbers(comparison)) {
    text += "\n--csv and --json have every number.\n";
  }
  if (!comparison.group.empty()) text += groups_text(comparison, width);
  if (comparison.effective) text += "\n" + to_text(*comparison.effective, "training loss");
  for (const std::string& note : comparison.notes) text += fmt::format("\nNote: {}.", clean_text(note));
  return comparison.notes.empty() ? text : text + "\n";
}

std::string side_by_side_text(const std::vector<Comparison>& comparisons, int width) {
  std::string text;
  if (comparisons.empty()) return text;
  std::vector<TextTable::Column> columns = {{"epochs", Align::right}, {"estimator"}};
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    text += fmt::format("({}) {}\n", i + 1, comparison_sentence(comparisons[i]));
    columns.push_back({fmt::format("({})", i + 1), Align::right});
    columns.push_back({"95 % interval"});
  }
  TextTable table(std::move(columns));
  std::size_t table_rows = 0;
  for (const ComparisonRow& row : comparisons.front().rows) {
    std::vector<std::string> cells = {fmt::format("{}", row.epochs), clean_text(row.estimator)};
    for (const Comparison& comparison : comparisons) {
      const auto same = std::ranges::find_if(comparison.rows, [&](const ComparisonRow& other) {
        return other.estimator == row.estimator && other.epochs == row.epochs;
      });
      if (same == comparison.rows.end()) break;
      cells.push_back(fixed_text(same->spearman, 3));
      cells.push_back(interval_text(same->interval.low, same->interval.high, 3));
    }
    if (cells.size() < 2 + 2 * comparisons.size()) continue;
    table.add(std::move(cells));
    ++table_rows;
  }
  text += "\nSpearman's correlation with the outcome after T epochs\n\n" + table.text(width, 2);
  const auto hidden = [&](const Comparison& one) { return table_rows < one.rows.size(); };
  if (std::ranges::any_of(comparisons, hidden))
    text += "\nEstimators and epochs that not all of them have are left out; --csv and --json have every number.\n";
  for (const Comparison& comparison : comparisons) {
    if (comparison.group.empty() && !comparison.effective) continue;
    text += fmt::format("\n{}:\n", clean_text(comparison.study));
    if (!comparison.group.empty()) text += groups_text(comparison, width);
    if (comparison.effective) text += "\n" + to_text(*comparison.effective, "training loss");
  }
  for (const Comparison& comparison : comparisons)
    for (const std::string& note : comparison.notes)
      text += fmt::format("\nNote on {}: {}.", clean_text(comparison.study), clean_text(note));
  return text + "\n";
}

}  // namespace tse
