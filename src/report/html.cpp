#include "tse/report/html.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "curves.h"
#include "embedded.h"
#include "html_parts.h"
#include "html_pieces.h"
#include "template.h"
#include "tse/report/escape.h"
#include "tse/report/page_file.h"
#include "tse/report/ranking_json.h"

namespace tse {
namespace {

constexpr std::size_t kMostCurves = 400;

// The trials whose curves are drawn: all, or where there are too many to see, evenly by rank, best and worst included.
std::vector<int> drawn_trials(const Ranking& ranking) {
  std::vector<int> all = ranking.order;
  for (std::size_t i = 0; i < ranking.trials.size(); ++i)
    if (ranking.trials[i].trial.state != TrialState::finished) all.push_back(static_cast<int>(i));
  if (all.size() <= kMostCurves) return all;
  std::vector<int> some;
  for (std::size_t k = 0; k < kMostCurves; ++k) some.push_back(all[k * (all.size() - 1) / (kMostCurves - 1)]);
  return some;
}

// Five significant digits: more cannot be seen, and the page stays small.
double rounded(double value) {
  if (value == 0 || !std::isfinite(value)) return value;
  const double scale = std::pow(10.0, 4 - std::floor(std::log10(std::abs(value))));
  return std::isfinite(scale) && scale > 0 ? std::round(value * scale) / scale : value;
}

Json curves_json(const Ranking& ranking) {
  Json curves = Json::array();
  for (const int index : drawn_trials(ranking)) {
    const Trial& trial = ranking.trials[static_cast<std::size_t>(index)].trial;
    Json points = Json::array();
    for (const CurvePoint& point : loss_curve(trial.trace, ranking.epochs))
      points.push_back({rounded(point.epoch), rounded(point.loss)});
    if (!points.empty()) curves.push_back({{"trial", index}, {"points", std::move(points)}});
  }
  return curves;
}

// What the page's script reads.
Json page_json(const Ranking& ranking) {
  Json ranks = Json::array();
  Json truths = Json::array();
  for (const RankedTrial& ranked : ranking.trials) {
    ranks.push_back(ranked.rank);
    truths.push_back(ranked.truth ? finite_or_null(*ranked.truth) : Json(nullptr));
  }
  return {{"ranking", to_json(ranking, false)},
          {"ranks", std::move(ranks)},
          {"truths", std::move(truths)},
          {"outcome", ranking.outcome ? Json(ranking.outcome->name) : Json(nullptr)},
          {"outcome_lower", ranking.outcome && ranking.outcome->lower_is_better},
          {"last_epoch", std::max(ranking.epochs, 1)},
          {"curves", curves_json(ranking)}};
}

std::string loss_note(const Ranking& ranking) {
  std::string note =
      ranking.epochs < kEpochsForMeans
          ? "One curve per training, coloured by rank: the loss of every step before its update, smoothed "
            "over a tenth of an epoch."
          : "One curve per training, coloured by rank: the mean loss of each epoch, drawn at its end.";
  const auto diverged = std::ranges::count_if(
      ranking.trials, [](const RankedTrial& r) { return r.trial.trace.status == TraceStatus::diverged; });
  if (diverged > 0) note += " Dashed: diverged, drawn as far as the loss was finite.";
  if (ranking.trials.size() > kMostCurves)
    note += fmt::format(" {} of {} trials are drawn, evenly by rank.", kMostCurves, ranking.trials.size());
  return note;
}

std::string agreement_section(const Ranking& ranking) {
  if (!ranking.outcome || ranking.agreements.empty()) return "";
  return fill(kEmbeddedAgreement, {{"outcome", escape_html(ranking.outcome->name)},
                                   {"agreement_note", agreement_note_html(ranking)},
                                   {"predictors", predictors_html(ranking)},
                                   {"top", fmt::format("{}", ranking.agreements.front().top)},
                                   {"rows", agreement_rows_html(ranking)},
                                   {"agreement_legend", agreement_legend_html(ranking)}});
}

}  // namespace

std::string to_html(const Ranking& ranking) {
  const std::string heading = "Architectures ranked by training speed";
  const std::string body = fill(kEmbeddedPage, {{"heading", escape_html(heading)},
                                                {"lead", lead_html(ranking)},
                                                {"facts", facts_html(ranking)},
                                                {"cells", cells_html(ranking)},
                                                {"loss_note", escape_html(loss_note(ranking))},
                                                {"agreement", agreement_section(ranking)},
                                                {"ranking_note", ranking_note_html(ranking)},
                                                {"ranking", ranking_table_html(ranking)},
                                                {"trouble", trouble_html(ranking)},
                                                {"manifest", manifest_html(ranking.manifest)}});
  return page_html(heading + (ranking.study.empty() ? "" : ": " + ranking.study), body, kEmbeddedScript,
                   page_json(ranking));
}

void write_html(const Ranking& ranking, const std::filesystem::path& file) { write_page(file, to_html(ranking)); }

}  // namespace tse
