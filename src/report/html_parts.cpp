#include "html_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "html_pieces.h"
#include "tse/report/drawing.h"
#include "tse/report/escape.h"
#include "tse/report/ranking_text.h"
#include "tse/report/units.h"

namespace tse {
namespace {

const RankedTrial& at(const Ranking& ranking, int index) { return ranking.trials[static_cast<std::size_t>(index)]; }

int count_status(const Ranking& ranking, std::string_view status) {
  return static_cast<int>(std::ranges::count_if(
      ranking.trials, [&](const RankedTrial& ranked) { return status_name(ranked.trial) == status; }));
}

std::string counts_text(const Ranking& ranking) {
  std::string text;
  for (const std::string_view status : {"ok", "stopped", "diverged", "failed", "running", "waiting"}) {
    const int count = count_status(ranking, status);
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, status);
  }
  return text;
}

std::string card(const Ranking& ranking, int index, std::string_view what) {
  const RankedTrial& ranked = at(ranking, index);
  std::string numbers = fmt::format("{} parameters, {} multiply-adds, training loss {}", count_text(ranked.params),
                                    count_text(ranked.macs), number_text(last_train_loss(ranked.trial)));
  if (ranked.truth) numbers += fmt::format(", {} {}", ranking.outcome->name, number_text(*ranked.truth));
  return fmt::format(R"(<article class="card"><h3>{}</h3>{}<p class="arch">{}</p><p>{}</p></article>)",
                     escape_html(what), to_svg(ranked.drawing, "Cell of " + ranked.trial.job.arch.text),
                     arch_html(ranked.trial.job.arch.text), escape_html(numbers));
}

std::string row(const Ranking& ranking, int index) {
  const RankedTrial& ranked = at(ranking, index);
  const std::string_view status = status_name(ranked.trial);
  const std::string& arch = ranked.trial.job.arch.text;
  const Trace& trace = ranked.trial.trace;
  std::string cells = fmt::format(R"(<tr class="{}" data-trial="{}">)", status, index);
  cells += fmt::format(R"(<td data-value="{}">{}</td>)", ranked.rank > 0 ? fmt::format("{}", ranked.rank) : "",
                       ranked.rank > 0 ? fmt::format("{}", ranked.rank) : "\u2013");
  cells += fmt::format(R"(<td class="arch text" data-value="{}">{}</td>)", escape_html(arch), arch_html(arch));
  cells += number_cell_html(static_cast<double>(ranked.params), count_text(ranked.params));
  cells += number_cell_html(static_cast<double>(ranked.macs), count_text(ranked.macs), "wide");
  cells += fmt::format(R"(<td class="status text wide" data-value="{0}">{0}</td>)", status);
  const double loss = last_train_loss(ranked.trial);
  cells += number_cell_html(loss, number_text(loss), "wide");
  for (std::size_t i = 0; i < ranked.scores.size(); ++i)
    cells += number_cell_html(ranked.scores[i], number_text(ranked.scores[i]), i == 0 ? "" : "extra");
  if (ranking.outcome) {
    const double truth = ranked.truth.value_or(std::nan(""));
    cells += number_cell_html(truth, number_text(truth));
  }
  cells += number_cell_html(trace.seconds, duration_text(trace.seconds), "wide");
  return cells + "</tr>\n";
}

std::string interval_svg(const Agreement& a) {
  if (std::isnan(a.spearman)) return "";
  std::string marks = R"(<path class="zero" d="M0 0v10"/>)";
  if (!std::isnan(a.low)) marks += fmt::format(R"(<path class="range" d="M{:.3f} 5H{:.3f}"/>)", a.low, a.high);
  marks += fmt::format(R"(<path class="value" d="M{:.3f} 5h.0001"/>)", a.spearman);
  return fmt::format(R"(<svg viewBox="-1 0 2 10" preserveAspectRatio="none" aria-hidden="true">{}</svg>)", marks);
}

bool is_baseline(const Agreement& a) { return a.predictor == "params" || a.predictor == "macs"; }

std::string predictor_name(const Agreement& a) {
  return a.predictor == "params" ? "parameters" : a.predictor == "macs" ? "multiply-adds" : a.predictor;
}

}  // namespace

std::string lead_html(const Ranking& ranking) {
  if (ranking.order.empty()) return "No training has ended yet.";
  const RankedTrial& best = at(ranking, ranking.order.front());
  return fmt::format(R"(The best of {}, with {} parameters:<br><span class="arch">{}</span>)",
                     plural(static_cast<std::int64_t>(ranking.order.size()), "architecture"), count_text(best.params),
                     arch_html(best.trial.job.arch.text));
}

std::string facts_html(const Ranking& ranking) {
  double seconds = 0;
  for (const RankedTrial& ranked : ranking.trials) seconds += ranked.trial.trace.seconds;
  const double speed = images_per_second(ranking);
  std::string training = duration_text(seconds);
  if (!std::isnan(speed)) training += fmt::format(", {:.0f} images/s per worker", speed);
  return fact_html("Study", ranking.study) + fact_html("Search space", ranking.space) +
         fact_html("Data", ranking.data) + fact_html("Split", ranking.split) + fact_html("Recipe", ranking.recipe) +
         fact_html("Budget",
                   fmt::format("{} of a {}-epoch schedule", plural(ranking.epochs, "epoch"), ranking.schedule_epochs)) +
         fact_html("Seed", fmt::format("{}", ranking.seed)) + fact_html("Ranked by", ranking.estimators.front()) +
         fact_html("Trials", counts_text(ranking)) + fact_html("Training, all trials together", training);
}

std::string cells_html(const Ranking& ranking) {
  std::vector<int> healthy;
  std::ranges::copy_if(ranking.order, std::back_inserter(healthy),
                       [&](int index) { return std::isfinite(at(ranking, index).scores.front()); });
  const std::size_t each = healthy.size() >= 12 ? 2 : 1;
  std::string html;
  for (std::size_t i = 0; i < std::min(each, healthy.size()); ++i)
    html += card(ranking, healthy[i], i == 0 ? "Best" : fmt::format("Rank {}", i + 1));
  if (healthy.size() > each) {
    for (std::size_t i = healthy.size() - each; i < healthy.size(); ++i)
      html += card(ranking, healthy[i],
                   i + 1 == healthy.size() ? fmt::format("Worst, rank {}", i + 1) : fmt::format("Rank {}", i + 1));
  }
  return html.empty() ? R"(<p class="note">No training has ended well yet.</p>)" : html;
}

std::string ranking_note_html(const Ranking& ranking) {
  std::string note = fmt::format(
      "Best first by {}; scores are higher-is-better. Choose a heading to sort, a row to see its "
      "curve.",
      ranking.estimators.front());
  if (ranking.outcome) {
    note += fmt::format(" {}: {}{}.", ranking.outcome->name, ranking.outcome->run,
                        ranking.outcome->lower_is_better ? ", lower is better" : "");
  }
  return escape_html(note);
}

std::string ranking_table_html(const Ranking& ranking) {
  std::string html = "<thead><tr>" + head_html("#", "", "ascending", "ascending") +
                     head_html("Architecture", "text arch-head", "ascending") + head_html("Params", "", "descending") +
                     head_html("MACs", "wide", "descending") + head_html("Status", "text wide", "descending") +
                     head_html("Train loss", "wide", "ascending");
  for (std::size_t i = 0; i < ranking.estimators.size(); ++i)
    html += head_html(ranking.estimators[i], i == 0 ? "" : "extra", "descending");
  if (ranking.outcome)
    html += head_html(ranking.outcome->name, "", ranking.outcome->lower_is_better ? "ascending" : "descending");
  html += head_html("Time", "wide", "ascending") + "</tr></thead>\n<tbody>\n";
  for (const int index : ranking.order) html += row(ranking, index);
  for (std::size_t i = 0; i < ranking.trials.size(); ++i)
    if (ranking.trials[i].rank == 0) html += row(ranking, static_cast<int>(i));
  return html + "</tbody>";
}

std::string trouble_html(const Ranking& ranking) {
  std::string rows;
  for (const RankedTrial& ranked : ranking.trials) {
    const TraceStatus status = ranked.trial.trace.status;
    if (status != TraceStatus::diverged && status != TraceStatus::failed) continue;
    rows += fmt::format(R"(<tr><td class="arch">{}</td><td>{}</td><td>{}</td></tr>)",
                        arch_html(ranked.trial.job.arch.text), to_text(status), escape_html(ranked.trial.trace.reason));
  }
  if (rows.empty()) return "";
  return R"(<section id="trouble" aria-labelledby="trouble-title"><h2 id="trouble-title">Diverged and failed trainings</h2>)"
         R"(<p class="note">A training that diverged scores worst; one that failed has no score.</p>)"
         R"(<div class="scroll"><table class="trouble"><thead><tr><th scope="col">Architecture</th>)"
         R"(<th scope="col">Status</th><th scope="col">Reason</th></tr></thead><tbody>)" +
         rows + "</tbody></table></div></section>";
}

std::string agreement_note_html(const Ranking& ranking) { return escape_html(outcome_sentence(ranking)); }

std::string predictors_html(const Ranking& ranking) {
  std::string html;
  for (const Agreement& a : ranking.agreements)
    html += fmt::format(R"(<option value="{}">{}</option>)", escape_html(a.predictor), escape_html(predictor_name(a)));
  return html;
}

std::string agreement_rows_html(const Ranking& ranking) {
  std::string html;
  for (const Agreement& a : ranking.agreements) {
    html += fmt::format(
        R"(<tr{}><td>{}</td><td>{}</td><td class="interval">{}</td><td>{}</td><td>{}</td><td class="wide">{}</td>)"
        R"(<td class="wide">{}</td><td>{}</td></tr>)",
        is_baseline(a) ? R"( class="baseline")" : "", escape_html(predictor_name(a)), fixed_text(a.spearman, 3),
        interval_svg(a), interval_text(a.low, a.high, 2), fixed_text(a.kendall, 3),
        std::isnan(a.top_overlap) ? "-" : fmt::format("{:.0f}&nbsp;%", 100 * a.top_overlap), number_text(a.regret),
        a.n);
  }
  return html;
}

std::string agreement_legend_html(const Ranking& ranking) {
  return escape_html(fmt::format(
      "Interval: bootstrap over architectures, 1000 resamples. Best {0} found: the share of the {0} best by outcome "
      "among "
      "the {0} best by score. Regret: how much worse the best of those is than the best of all. Parameters and "
      "multiply-adds are the baselines that any score has to beat.",
      ranking.agreements.front().top));
}

}  // namespace tse
