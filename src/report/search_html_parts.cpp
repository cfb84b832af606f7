#include "search_html_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "embedded.h"
#include "html_pieces.h"
#include "search_values.h"
#include "shell_word.h"
#include "template.h"
#include "tse/report/drawing.h"
#include "tse/report/escape.h"
#include "tse/report/units.h"

namespace tse {
namespace {

constexpr std::size_t kMostRows = 1000;

bool takes_epochs(const SearchView& view) {
  return std::ranges::any_of(view.history, [](const SearchTrial& trial) { return trial.epochs > 0; });
}

bool takes_time(const SearchView& view) {
  return std::ranges::any_of(view.history, [](const SearchTrial& trial) { return trial.seconds > 0; });
}

std::string statuses_text(const SearchView& view) {
  std::string text;
  for (const TraceStatus status :
       {TraceStatus::ok, TraceStatus::stopped, TraceStatus::diverged, TraceStatus::failed, TraceStatus::running}) {
    const auto count = std::ranges::count(view.history, status, &SearchTrial::status);
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, to_text(status));
  }
  return text;
}

std::string objectives_text(const SearchView& view) {
  std::string text;
  for (const SearchObjective& objective : view.objectives)
    text += fmt::format("{}{}{}", text.empty() ? "" : ", ", objective.name, objective.cost ? " (less is better)" : "");
  return text;
}

std::string winner_facts(const SearchView& view, std::size_t best) {
  const SearchTrial& trial = view.history[best];
  std::string html;
  if (shows_params(view)) html += fact_html("Parameters", count_text(view.params[best]));
  for (std::size_t k = 0; k < view.objectives.size(); ++k)
    html += fact_html(view.objectives[k].name, objective_text(view, trial, k));
  if (shows_outcome(view))
    html += fact_html(view.outcome->name, trial.outcome ? outcome_number(*trial.outcome) : "not recorded");
  if (trial.epochs > 0) html += fact_html("Trained", fmt::format("{:g} epochs", trial.epochs));
  if (trial.seconds > 0) html += fact_html("Training", duration_text(trial.seconds));
  if (trial.status != TraceStatus::ok) html += fact_html("Status", to_text(trial.status));
  if (trial.same_as) html += fact_html("Result of", fmt::format("trial {}, which is isomorphic", *trial.same_as));
  return html;
}

std::string finals_card(const SearchView& view) {
  if (view.finals.empty()) return "";
  std::string rows;
  for (const FinalTraining& final : view.finals)
    rows += fmt::format(R"(<tr><td>{}</td><td class="arch">{}</td><td>{}</td><td>{}</td></tr>)",
                        breakable_html(final.chosen_by, ":,@"), arch_html(final.arch.text),
                        fixed_text(final.test_accuracy, 4), escape_html(final.status));
  const bool compared = view.finals.size() > 1;
  return fmt::format(
      R"(<article class="card"><h3>Trained to the end, {}</h3><div class="scroll"><table class="finals"><thead><tr>)"
      R"(<th scope="col">Chosen by</th><th scope="col" class="arch-head">Architecture</th><th scope="col">Test accuracy</th>)"
      R"(<th scope="col">Status</th></tr></thead><tbody>{}</tbody></table></div><p class="note">{}</p></article>)",
      plural(view.finals.front().epochs, "epoch"), rows,
      compared ? "Beside the winner is the largest network among the same trials, which is what choosing by parameter "
                 "count would have found."
               : "The winner is also the largest network that was tried.");
}

/// What trains the winner, with all that the study says of how.
std::string train_command(const SearchView& view, const std::string& arch) {
  std::string command = fmt::format("tse train --space {}", shell_word(view.space));
  if (!view.data.empty()) command += " --data " + shell_word(view.data);
  if (!view.recipe.empty()) command += " --recipe " + shell_word(view.recipe);
  return command + " --arch " + shell_word(arch);
}

/// What to do next, and its command: the winner's file where it was trained to the end, else its training.
std::pair<const char*, std::string> next_step(const SearchView& view, const std::string& arch) {
  if (!view.finals.empty() && view.finals.front().status == to_text(TraceStatus::ok))
    return {"To write the trained winner into a file that other programs load:",
            fmt::format("tse export {} --model winner.onnx", shell_word(view.study))};
  return {view.data.empty() ? "To train it, on data that --data names:" : "To train it to the end and test it:",
          train_command(view, arch)};
}

std::vector<std::size_t> shown_rows(const SearchView& view) {
  std::vector<std::size_t> rows(view.history.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  if (rows.size() <= kMostRows) return rows;
  const auto score = [&](std::size_t i) {
    const std::vector<double>& scores = view.history[i].scores;
    return scores.empty() || std::isnan(scores.front()) ? -HUGE_VAL : scores.front();
  };
  std::ranges::stable_sort(rows, std::ranges::greater{}, score);
  rows.resize(kMostRows);
  std::ranges::sort(rows);
  return rows;
}

bool on_front(const SearchView& view, std::size_t i) { return std::ranges::find(view.front, i) != view.front.end(); }

std::string trial_row(const SearchView& view, std::size_t i) {
  const SearchTrial& trial = view.history[i];
  const std::string& arch = trial.arch.text;
  std::string status(to_text(trial.status));
  std::string html = fmt::format(R"(<tr class="{}" data-trial="{}">)", status, i);
  if (trial.same_as) status += fmt::format(", as trial {}", *trial.same_as);
  if (on_front(view, i)) status += ", front";
  html += number_cell_html(trial.number, fmt::format("{}", trial.number));
  html += fmt::format(R"(<td class="arch text" data-value="{}">{}</td>)", escape_html(arch), arch_html(arch));
  if (shows_params(view)) html += number_cell_html(static_cast<double>(view.params[i]), count_text(view.params[i]));
  for (std::size_t k = 0; k < view.objectives.size(); ++k)
    html += number_cell_html(objective_of(view, trial, k), objective_text(view, trial, k));
  if (shows_outcome(view)) {
    const double outcome = trial.outcome.value_or(std::nan(""));
    html += number_cell_html(outcome, outcome_number(outcome));
  }
  html += fmt::format(R"(<td class="status text wide" data-value="{0}">{0}</td>)", escape_html(status));
  if (takes_epochs(view)) html += number_cell_html(trial.epochs, fmt::format("{:g}", trial.epochs), "wide");
  if (takes_time(view)) html += number_cell_html(trial.seconds, duration_text(trial.seconds), "wide");
  return html + "</tr>\n";
}

/// Mean and standard error.
std::string mean_cell(double mean, double error, std::string (*text)(double)) {
  if (std::isnan(mean)) return "<td>&ndash;</td>";
  if (std::isnan(error)) return fmt::format("<td>{}</td>", text(mean));
  return fmt::format("<td>{} <small>&plusmn;&nbsp;{}</small></td>", text(mean), text(error));
}

}  // namespace

std::string search_facts_html(const SearchView& view) {
  std::string trained;
  if (view.epochs > 0) trained = plural(view.epochs, "epoch");
  if (view.schedule_epochs > 0) trained += fmt::format(" of a {}-epoch schedule", view.schedule_epochs);
  return fact_html("Study", view.study) + fact_html("Search space", view.space) + fact_html("Data", view.data) +
         fact_html("Split", view.split) + fact_html("Recipe", view.recipe) + fact_html("Each training", trained) +
         fact_html("Objective", objectives_text(view)) + fact_html("Algorithm", view.algo) +
         fact_html("Budget", view.budget) + fact_html("Requirement", view.require) + fact_html("Drawn by", view.draw) +
         fact_html("Ended early", view.ends_early) + fact_html("Super-network", view.supernet) +
         fact_html("Seed", fmt::format("{}", view.seed)) + fact_html("Trials", statuses_text(view)) +
         (view.outcome ? fact_html("Outcome", fmt::format("{}, {}{}", view.outcome->name, view.outcome->run,
                                                          view.outcome->lower_is_better ? ", lower is better" : ""))
                       : "");
}

std::string winner_html(const SearchView& view) {
  const auto best = incumbent(view.history);
  if (!best) return R"(<section id="winner"><p class="note">No trial has a score.</p></section>)";
  const std::string& arch = view.history[*best].arch.text;
  const bool over = view.end.has_value();
  const auto [words, command] = next_step(view, arch);
  return fill(
      kEmbeddedSearchWinner,
      {{"heading", view.objectives.size() > 1 ? escape_html(fmt::format("Best by {}", view.objectives.front().name))
                                              : (over ? "The winner" : "The best so far")},
       {"number", fmt::format("{}", view.history[*best].number)},
       {"drawing", view.drawing ? to_svg(*view.drawing, "Cell of " + arch) : ""},
       {"arch", arch_html(arch)},
       {"facts", winner_facts(view, *best)},
       {"finals", finals_card(view)},
       {"how", words},
       {"command", escape_html(command)}});
}

std::string history_note_html(const SearchView& view) {
  std::string note = "Choose a heading to sort, a row to see its place among all trials.";
  if (view.history.size() > kMostRows)
    note += fmt::format(" The {} best of {} trials by {}; the saved JSON has all.", kMostRows, view.history.size(),
                        view.objectives.front().name);
  if (!view.front.empty()) note += " Front: no trial is better in one objective and as good in the others.";
  return escape_html(note);
}

std::string history_table_html(const SearchView& view) {
  std::string html = "<thead><tr>" + head_html("#", "", "ascending", "ascending") +
                     head_html("Architecture", "text arch-head", "ascending");
  if (shows_params(view)) html += head_html("Params", "", "descending");
  for (const SearchObjective& objective : view.objectives)
    html += head_html(objective.name, "", objective.cost ? "ascending" : "descending");
  if (shows_outcome(view))
    html += head_html(view.outcome->name, "", view.outcome->lower_is_better ? "ascending" : "descending");
  html += head_html("Status", "text wide", "descending");
  if (takes_epochs(view)) html += head_html("Epochs", "wide", "ascending");
  if (takes_time(view)) html += head_html("Time", "wide", "ascending");
  html += "</tr></thead>\n<tbody>\n";
  for (const std::size_t i : shown_rows(view)) html += trial_row(view, i);
  return html + "</tbody>";
}

std::string contenders_table_html(const SearchView& view) {
  const bool timed = std::ranges::any_of(view.contenders, &Contender::by_time);
  const bool trained = std::ranges::any_of(view.contenders, [](const Contender& way) { return way.epochs > 0; });
  const bool several = view.objectives.size() > 1;
  const auto title = [](std::string_view text, std::string_view classes = "") {
    return fmt::format(R"(<th scope="col" class="{}">{}</th>)", classes, text);
  };
  std::string html = "<thead><tr>" + title("Way to search", "text") + title("Seeds", "wide") + title("Trials", "wide");
  if (trained) html += title("Epochs", "wide");
  if (timed) html += title("Clock", "wide");
  if (view.outcome) html += title("Hands back") + title("Best tried");
  if (several) html += title("Hypervolume");
  html += "</tr></thead>\n<tbody>";
  const auto share = [](double value) { return fixed_text(value, 4); };
  for (const Contender& way : view.contenders) {
    html += fmt::format(
        R"(<tr><td class="text">{} <small>by {}</small></td><td class="wide">{}</td><td class="wide">{:.0f}</td>)",
        breakable_html(way.algo, ":,="), breakable_html(way.objective, ":,@"), way.repeats, way.trials);
    if (trained) html += fmt::format(R"(<td class="wide">{:.0f}</td>)", way.epochs);
    if (timed) html += fmt::format(R"(<td class="wide">{}</td>)", duration_text(way.seconds));
    if (view.outcome)
      html += mean_cell(way.incumbent, way.incumbent_error, outcome_number) +
              mean_cell(way.oracle, way.oracle_error, outcome_number);
    if (several) html += mean_cell(way.hypervolume, way.hypervolume_error, share);
    html += "</tr>\n";
  }
  return html + "</tbody>";
}

}  // namespace tse
