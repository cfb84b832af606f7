#include "tse/report/one_shot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "arch_table.h"
#include "mean_text.h"
#include "one_shot_values.h"
#include "tse/base/table.h"
#include "tse/report/escape.h"
#include "tse/report/units.h"

namespace tse {
namespace {

using Align = TextTable::Align;

constexpr std::size_t kShownCandidates = 10;

/// One row for each score, one column for each number of mini-batches.
template <class Cell>
TextTable agreement_table(const OneShotView& view, const Cell& cell) {
  std::vector<TextTable::Column> columns = {{"score"}};
  for (const int batches : view.batches) columns.push_back({fmt::format("B = {}", batches), Align::right});
  TextTable table(std::move(columns));
  for (const std::string& name : score_names(view)) {
    std::vector<std::string> cells = {name};
    for (const OneShotAgreement& each : view.agreements) {
      if (each.score == name) cells.push_back(cell(each));
    }
    table.add(std::move(cells));
  }
  for (const OneShotAgreement& each : view.references) {
    std::vector<std::string> cells = {each.score};
    cells.resize(view.batches.size() + 1, cell(each));
    table.add(std::move(cells));
  }
  return table;
}

std::string agreements_text(const OneShotView& view, int width) {
  if (view.agreements.empty()) return "";
  const int shown = outcome_decimals(view);
  std::string text = fmt::format(
      "\nRank correlation (Spearman) with {}, mean and sample standard deviation over super-networks:\n\n{}"
      "\n95 % intervals over candidates, of all super-networks together:\n\n{}"
      "\nMean {} of the best ten by each score:\n\n{}",
      view.outcome->name,
      agreement_table(view, [](const auto& each) { return mean_text(each.spearman, 2); }).text(width),
      agreement_table(view, [](const auto& each) { return widest_interval(each.intervals); }).text(width),
      view.outcome->name,
      agreement_table(view, [&](const auto& each) { return mean_text(each.top, shown); }).text(width));
  return text + fmt::format("\nThe ten best there are have {} on average, all candidates {}.\n",
                            fixed_text(view.oracle, shown), fixed_text(view.all, shown));
}

TextTable candidates_table(const OneShotView& view, int arch_width) {
  std::vector<TextTable::Column> columns = {
      {"rank", Align::right}, {"architecture"}, {"params", Align::right}, {view.estimators.front(), Align::right}};
  if (view.outcome) columns.push_back({view.outcome->name, Align::right});
  TextTable table(std::move(columns));
  for (std::size_t i = 0; i < std::min(kShownCandidates, view.candidates.size()); ++i) {
    const OneShotCandidate& candidate = view.candidates[i];
    if (std::isnan(candidate.score)) break;
    std::vector<std::string> cells = {fmt::format("{}", i + 1),
                                      shorten_middle(clean_text(candidate.arch.text), arch_width),
                                      count_text(candidate.params), number_text(candidate.score)};
    if (view.outcome) cells.push_back(candidate.outcome ? number_text(*candidate.outcome) : "-");
    table.add(std::move(cells));
  }
  return table;
}

Json by_supernet(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(finite_or_null(value));
  return list;
}

Json agreement_json(const OneShotAgreement& each) {
  Json intervals = Json::array();
  for (const Interval& interval : each.intervals)
    intervals.push_back({finite_or_null(interval.low), finite_or_null(interval.high)});
  Json object = {{"score", each.score}};
  if (each.batches > 0) object["batches"] = each.batches;
  object["candidates"] = each.candidates;
  object["spearman"] = by_supernet(each.spearman);
  object["intervals"] = std::move(intervals);
  object["kendall"] = by_supernet(each.kendall);
  object["top_ten"] = by_supernet(each.top);
  object["scores"] = Json::array();
  for (const std::vector<double>& scores : each.scores) object["scores"].push_back(by_supernet(scores));
  return object;
}

}  // namespace

std::string one_shot_sentences(const OneShotView& view) {
  const auto count = static_cast<std::int64_t>(view.candidates.size());
  std::string text = fmt::format("{} of {}, {} each on {}", plural(view.supernets, "super-network"), view.space,
                                 plural(view.epochs, "epoch"), view.data);
  if (!view.split.empty()) text += fmt::format(" ({})", view.split);
  text += fmt::format(", paths by {}, seed {}. {} of each", view.sampler, view.seed, plural(count, "candidate"));
  text += fmt::format(", trained on for up to {}.", mini_batches(view.batches.back()));
  if (view.trained < view.supernets || view.scored < view.supernets * count)
    text += fmt::format(" So far {} of {} super-networks are trained and {} of {} candidates scored.", view.trained,
                        view.supernets, view.scored, view.supernets * count);
  return text;
}

std::string to_text(const OneShotView& view, int width) {
  std::string text = one_shot_sentences(view) + "\n" + agreements_text(view, width);
  if (view.scored == 0) return text + "\nNo candidate is scored.\n";
  int widest = 0;
  for (std::size_t i = 0; i < std::min(kShownCandidates, view.candidates.size()); ++i)
    widest = std::max(widest, display_width(view.candidates[i].arch.text));
  text += fmt::format("\nBest by {} after {}, mean over super-networks:\n\n", view.estimators.front(),
                      mini_batches(view.batches.back()));
  text += fitted_table(widest, width, [&](int arch_width) { return candidates_table(view, arch_width); });
  return text + fmt::format("\nTo train the best from scratch: {}\n", train_command(view));
}

Json to_json(const OneShotView& view) {
  Json object = {{"study", view.study},           {"space", view.space},   {"data", view.data},
                 {"split", view.split},           {"recipe", view.recipe}, {"candidate_recipe", view.candidate_recipe},
                 {"sampler", view.sampler},       {"seed", view.seed},     {"supernets", view.supernets},
                 {"trained", view.trained},       {"epochs", view.epochs}, {"batches", view.batches},
                 {"estimators", view.estimators}, {"scored", view.scored}, {"archs", view.archs}};
  if (view.outcome)
    object["outcome"] = {
        {"name", view.outcome->name}, {"run", view.outcome->run}, {"lower_is_better", view.outcome->lower_is_better}};
  Json agreements = Json::array();
  for (const OneShotAgreement& each : view.agreements) agreements.push_back(agreement_json(each));
  object["agreements"] = std::move(agreements);
  Json references = Json::array();
  for (const OneShotAgreement& each : view.references) references.push_back(agreement_json(each));
  object["references"] = std::move(references);
  object["oracle_top_ten"] = finite_or_null(view.oracle);
  object["mean_of_all"] = finite_or_null(view.all);
  Json ranking = Json::array();
  for (const OneShotCandidate& candidate : view.candidates)
    ranking.push_back({{"arch", candidate.arch.text},
                       {"params", candidate.params},
                       {"score", finite_or_null(candidate.score)},
                       {"scores", by_supernet(candidate.scores)},
                       {"outcome", candidate.outcome ? finite_or_null(*candidate.outcome) : Json(nullptr)}});
  object["ranking"] = std::move(ranking);
  object["files"] = view.files;
  if (!view.manifest.is_null()) object["manifest"] = view.manifest;
  return object;
}

}  // namespace tse
