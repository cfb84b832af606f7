#include "tse/report/ranking_text.h"

#include <fmt/format.h>

#include <cmath>

#include "arch_table.h"
#include "tse/base/table.h"
#include "tse/report/escape.h"
#include "tse/report/units.h"

namespace tse {
namespace {

using Align = TextTable::Align;

TextTable ranking_table(const Ranking& ranking, int arch_width) {
  std::vector<TextTable::Column> columns = {{"rank", Align::right},
                                            {"architecture"},
                                            {"params", Align::right},
                                            {"MACs", Align::right},
                                            {"status"},
                                            {"train loss", Align::right},
                                            {ranking.estimators.front(), Align::right}};
  if (ranking.outcome) columns.push_back({ranking.outcome->name, Align::right});
  TextTable table(std::move(columns));
  for (const int index : ranking.order) {
    const RankedTrial& ranked = ranking.trials[static_cast<std::size_t>(index)];
    std::vector<std::string> cells = {fmt::format("{}", ranked.rank),
                                      shorten_middle(arch_text(ranked), arch_width),
                                      count_text(ranked.params),
                                      count_text(ranked.macs),
                                      std::string(status_name(ranked.trial)),
                                      number_text(last_train_loss(ranked.trial)),
                                      number_text(ranked.scores.front())};
    if (ranking.outcome) cells.push_back(ranked.truth ? number_text(*ranked.truth) : "-");
    table.add(std::move(cells));
  }
  return table;
}

TextTable agreement_table(const Ranking& ranking) {
  const int top = ranking.agreements.front().top;
  TextTable table({{"score"},
                   {"Spearman", Align::right},
                   {"95 % interval"},
                   {"Kendall", Align::right},
                   {fmt::format("best {} found", top), Align::right},
                   {"n", Align::right}});
  for (const Agreement& a : ranking.agreements) {
    table.add({a.predictor, fixed_text(a.spearman, 3), interval_text(a.low, a.high, 3), fixed_text(a.kendall, 3),
               std::isnan(a.top_overlap) ? "-" : fmt::format("{:.0f} %", 100 * a.top_overlap), fmt::format("{}", a.n)});
  }
  return table;
}

}  // namespace

std::string ranking_sentence(const Ranking& ranking) {
  const auto unfinished = ranking.trials.size() - ranking.order.size();
  std::string text = fmt::format("{} of {}, ranked by {} after {} of a {}-epoch schedule",
                                 plural(static_cast<std::int64_t>(ranking.order.size()), "architecture"), ranking.space,
                                 ranking.estimators.front(), plural(ranking.epochs, "epoch"), ranking.schedule_epochs);
  text += fmt::format(" on {}", ranking.data);
  if (!ranking.split.empty()) text += fmt::format(" ({})", ranking.split);
  text += fmt::format(", seed {}", ranking.seed);
  if (unfinished > 0) text += fmt::format("; {} not finished", unfinished);
  return text + ".";
}

std::string outcome_sentence(const Ranking& ranking) {
  if (!ranking.outcome) return "";
  std::string text = fmt::format("Rank correlation with {}", ranking.outcome->name);
  if (ranking.outcome->lower_is_better) text += ", turned so that higher is better,";
  text += fmt::format(" of {}, for {} of {} architectures", ranking.outcome->run,
                      ranking.agreements.empty() ? 0 : ranking.agreements.front().n, ranking.trials.size());
  if (!ranking.split.empty()) text += fmt::format("; split: {}", ranking.split);
  return text + fmt::format(", seed {}.", ranking.seed);
}

std::string agreement_text(const Ranking& ranking, int width) {
  return ranking.outcome ? "\n" + outcome_sentence(ranking) + "\n\n" + agreement_table(ranking).text(width) : "";
}

std::string troubles_text(const Ranking& ranking) {
  std::string lines;
  for (const int index : ranking.order) {
    const RankedTrial& ranked = ranking.trials[static_cast<std::size_t>(index)];
    const TraceStatus status = ranked.trial.trace.status;
    if (status == TraceStatus::ok || status == TraceStatus::stopped) continue;
    lines += fmt::format("{}: {}{}{}\n", arch_text(ranked), status_name(ranked.trial),
                         ranked.trial.trace.reason.empty() ? "" : ", ", clean_text(ranked.trial.trace.reason));
  }
  return lines.empty() ? "" : "\n" + lines;
}

std::string early_stops_text(const Ranking& ranking) {
  int stopped = 0;
  double saved = 0;  // epochs
  double all = 0;
  for (const RankedTrial& ranked : ranking.trials) {
    const Trace& trace = ranked.trial.trace;
    const int steps = steps_per_epoch(trace);
    all += ranked.trial.job.budget.epochs;
    if (trace.status != TraceStatus::stopped || steps == 0) continue;
    ++stopped;
    saved += ranked.trial.job.budget.epochs - static_cast<double>(trace.step_loss.size()) / steps;
  }
  if (stopped == 0) return "";
  return fmt::format("\n{} could no longer be among the best and {} ended early, which saved {:.0f} % of all steps.\n",
                     plural(stopped, "training"), stopped == 1 ? "was" : "were", 100 * saved / all);
}

std::string to_text(const Ranking& ranking, int width) {
  std::string text = ranking_sentence(ranking) + "\n\n";
  text += fitted_table(ranking, width, [&](int arch_width) { return ranking_table(ranking, arch_width); });
  return text + early_stops_text(ranking) + troubles_text(ranking) + agreement_text(ranking, width);
}

}  // namespace tse
