#include "tse/report/scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "arch_table.h"
#include "tse/base/missing.h"
#include "tse/base/table.h"
#include "tse/report/escape.h"
#include "tse/report/ranking_json.h"
#include "tse/report/ranking_text.h"
#include "tse/report/units.h"

namespace tse {
namespace {

using Align = TextTable::Align;

std::string score_text(double score) { return score == kFailedScore ? "failed" : number_text(score); }

TextTable score_table(const Ranking& ranking, int arch_width) {
  std::vector<TextTable::Column> columns = {{"rank", Align::right}, {"architecture"}, {"status"}};
  for (const std::string& name : ranking.estimators) columns.push_back({name, Align::right});
  if (ranking.outcome) columns.push_back({ranking.outcome->name, Align::right});
  TextTable table(std::move(columns));
  for (const int index : ranking.order) {
    const RankedTrial& ranked = ranking.trials[static_cast<std::size_t>(index)];
    std::vector<std::string> cells = {fmt::format("{}", ranked.rank), shorten_middle(arch_text(ranked), arch_width),
                                      std::string(status_name(ranked.trial))};
    for (const double score : ranked.scores) cells.push_back(score_text(score));
    if (ranking.outcome) cells.push_back(ranked.truth ? number_text(*ranked.truth) : "-");
    table.add(std::move(cells));
  }
  return table;
}

/// How often a score could not be had for a reason, one line each.
std::string failures_text(const Ranking& ranking) {
  std::map<std::pair<std::string, std::string>, int> counts;
  for (const RankedTrial& ranked : ranking.trials) {
    for (const StaticScore& score : ranked.trial.trace.scores) {
      if (!score.reason.empty()) ++counts[{score.name, score.reason}];
    }
  }
  std::string lines;
  for (const auto& [what, count] : counts) {
    lines += fmt::format("{} failed for {} architecture{}: {}\n", clean_text(what.first), count, count == 1 ? "" : "s",
                         clean_text(what.second));
  }
  return lines.empty() ? "" : "\n" + lines;
}

/// Seconds of a network, by score; NaN where none has it.
std::vector<std::pair<std::string, double>> mean_seconds(const Ranking& ranking) {
  std::vector<std::pair<std::string, double>> means;
  for (const std::string& name : ranking.estimators) {
    double seconds = 0;
    int count = 0;
    for (const RankedTrial& ranked : ranking.trials) {
      const auto& scores = ranked.trial.trace.scores;
      const auto found = std::ranges::find(scores, name, &StaticScore::name);
      if (found == scores.end()) continue;
      seconds += found->seconds;
      ++count;
    }
    means.emplace_back(name, count > 0 ? seconds / count : kMissing);
  }
  return means;
}

std::string sentence(const Ranking& ranking) {
  const auto unfinished = ranking.trials.size() - ranking.order.size();
  std::string text =
      fmt::format("{} untrained architecture{} of {}, best by {} first, on {}", ranking.order.size(),
                  ranking.order.size() == 1 ? "" : "s", ranking.space, ranking.estimators.front(), ranking.data);
  if (!ranking.split.empty()) text += fmt::format(" ({})", ranking.split);
  text += fmt::format(", seed {}", ranking.seed);
  if (unfinished > 0) text += fmt::format("; {} not finished", unfinished);
  return text + ".";
}

Json trial_json(const Ranking& ranking, const RankedTrial& ranked) {
  const Trace& trace = ranked.trial.trace;
  Json object = {{"arch", ranked.trial.job.arch.text}, {"status", status_name(ranked.trial)}};
  if (!trace.reason.empty()) object["reason"] = trace.reason;
  Json scores = Json::object();
  for (std::size_t i = 0; i < ranking.estimators.size(); ++i)
    scores[ranking.estimators[i]] = finite_or_null(ranked.scores[i]);
  object["scores"] = std::move(scores);
  Json failed = Json::object();
  for (const StaticScore& score : trace.scores) {
    if (!score.reason.empty()) failed[score.name] = score.reason;
  }
  if (!failed.empty()) object["failed"] = std::move(failed);
  object["params"] = ranked.params;
  object["macs"] = ranked.macs;
  if (ranking.outcome) object["outcome"] = ranked.truth ? finite_or_null(*ranked.truth) : Json(nullptr);
  object["seconds"] = finite_or_null(trace.seconds);
  object["seed"] = ranked.trial.job.seed;
  object["canonical"] = ranked.canonical;
  object["connected"] = ranked.connected;
  return object;
}

}  // namespace

std::string scores_text(const Ranking& ranking, int width) {
  std::string text = sentence(ranking) + "\n\n";
  text += fitted_table(ranking, width, [&](int arch_width) { return score_table(ranking, arch_width); });
  text += troubles_text(ranking) + failures_text(ranking) + "\nMilliseconds of a network:";
  for (const auto& [name, seconds] : mean_seconds(ranking)) {
    text += fmt::format("{} {} {}", name == ranking.estimators.front() ? "" : ",", name, fixed_text(1000 * seconds, 0));
  }
  return text + "\n" + agreement_text(ranking, width);
}

Json scores_json(const Ranking& ranking) {
  const bool all = ranking.order.size() == ranking.trials.size();
  Json object = facts_json(ranking);
  object["estimators"] = ranking.estimators;
  object["status"] = all ? "finished" : "unfinished";
  Json trials = Json::array();
  for (const RankedTrial& ranked : ranking.trials) trials.push_back(trial_json(ranking, ranked));
  object["trials"] = std::move(trials);
  add_agreement(object, ranking);
  Json means = Json::object();
  for (const auto& [name, seconds] : mean_seconds(ranking)) means[name] = finite_or_null(seconds);
  object["mean_seconds"] = std::move(means);
  if (!ranking.manifest.is_null()) object["manifest"] = ranking.manifest;
  return object;
}

}  // namespace tse
