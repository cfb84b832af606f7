#include "tse/report/search_html.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

#include "embedded.h"
#include "html_pieces.h"
#include "search_html_parts.h"
#include "search_values.h"
#include "template.h"
#include "tse/report/escape.h"
#include "tse/report/page_file.h"
#include "tse/report/units.h"

namespace tse {
namespace {

bool has_curves(const SearchView& view) {
  return std::ranges::any_of(view.contenders, [](const Contender& way) {
    return std::ranges::any_of(way.curve, [](const CostPoint& point) { return std::isfinite(point.oracle); });
  });
}

bool is_measured(const SearchTrial& trial) { return !trial.scores.empty() && std::isfinite(trial.scores.front()); }

/// Whether a name is of an accuracy on a split: `accuracy`, `val_acc`, NAS-Bench-201's `c10_test_mean`.
bool sounds_accurate(std::string_view name) {
  const auto has = [&](std::string_view word) { return name.find(word) != std::string_view::npos; };
  return has("acc") || ((has("test") || has("valid")) && name.ends_with("_mean"));
}

/// What an accuracy is 1 or 100 of, where the outcome is one.
std::optional<int> accuracy_of(const SearchView& view) {
  if (!view.outcome || view.outcome->lower_is_better || !sounds_accurate(view.outcome->name)) return std::nullopt;
  double least = 0;
  double most = 0;
  const auto see = [&](double value) {
    least = std::fmin(least, value);
    most = std::fmax(most, value);
  };
  for (const SearchTrial& trial : view.history) see(trial.outcome.value_or(0));
  for (const Contender& way : view.contenders) {
    for (const CostPoint& point : way.curve) see(point.oracle);
  }
  if (least < 0 || most > 100) return std::nullopt;
  return most > 1 ? 100 : 1;
}

/// What the page's script reads.
Json search_page_json(const SearchView& view) {
  Json objectives = Json::array();
  for (const SearchObjective& objective : view.objectives)
    objectives.push_back({{"name", objective.name}, {"lower", objective.cost}});
  const std::optional<int> whole = accuracy_of(view);
  return {{"search", to_json(view)},
          {"objectives", std::move(objectives)},
          {"accuracy_of", whole ? Json(*whole) : Json(nullptr)}};
}

std::string scatter_note(const SearchView& view) {
  std::string note;
  const auto lost = std::ranges::count_if(view.history, [](const auto& trial) { return !is_measured(trial); });
  if (lost > 0) note += fmt::format("{} without a score, not drawn. ", plural(lost, "trial"));
  if (std::ranges::any_of(view.history, [](const SearchTrial& trial) { return trial.same_as.has_value(); }))
    note += "A ring is a trial that shares the result of an isomorphic one. ";
  if (!view.front.empty())
    note += fmt::format("Dark rims mark the Pareto front, {}; its hypervolume above the worst that was tried is {}. ",
                        plural(static_cast<std::int64_t>(view.front.size()), "trial"), number_text(view.hypervolume));
  return note;
}

std::string plots_html(const SearchView& view) {
  if (std::ranges::none_of(view.history, is_measured)) return "";
  const std::string outcome =
      !shows_outcome(view)
          ? ""
          : fmt::format(R"(<div class="plot script-only"><canvas id="outcome-chart" role="img" aria-label="{})"
                        R"( of the best so far against what the search has cost"></canvas></div>)",
                        escape_html(view.outcome->name));
  return fill(kEmbeddedSearchPlots, {{"objective", escape_html(view.objectives.front().name)},
                                     {"outcome", outcome},
                                     {"scatter_note", escape_html(scatter_note(view))}});
}

std::string compare_html(const SearchView& view) {
  if (view.contenders.empty()) return "";
  std::string note = "Every way to search at the same budget, means over seeds \u00b1 standard error.";
  if (view.outcome)
    note += fmt::format(" Hands back: {} of the best by the objective. Best tried: of all that it tried.",
                        view.outcome->name);
  if (view.objectives.size() > 1) note += " Hypervolume: as a share of what all that is recorded dominates.";
  return fill(kEmbeddedSearchCompare, {{"note", escape_html(note)},
                                       {"plot", has_curves(view) ? std::string(kEmbeddedSearchCurves) : ""},
                                       {"table", contenders_table_html(view)}});
}

}  // namespace

std::string to_html(const SearchView& view) {
  const std::string heading = view.replay ? "An architecture search, replayed" : "An architecture search";
  const std::string body = fill(kEmbeddedSearch, {{"heading", heading},
                                                  {"lead", escape_html(search_sentences(view))},
                                                  {"facts", search_facts_html(view)},
                                                  {"winner", winner_html(view)},
                                                  {"plots", plots_html(view)},
                                                  {"compare", compare_html(view)},
                                                  {"history_note", history_note_html(view)},
                                                  {"history", history_table_html(view)},
                                                  {"manifest", manifest_html(view.manifest)}});
  return page_html(heading + (view.study.empty() ? "" : ": " + view.study), body, kEmbeddedSearchScript,
                   search_page_json(view));
}

void write_html(const SearchView& view, const std::filesystem::path& file) { write_page(file, to_html(view)); }

}  // namespace tse
