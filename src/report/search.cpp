#include "tse/report/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "arch_table.h"
#include "search_values.h"
#include "tse/base/table.h"
#include "tse/report/escape.h"
#include "tse/report/units.h"

namespace tse {
namespace {

using Align = TextTable::Align;

constexpr const char* kSpent = "the budget is spent";
constexpr std::size_t kShown = 10;  // of the best trials

std::string names_of(const SearchView& view) {
  std::string names;
  for (const SearchObjective& objective : view.objectives) names += (names.empty() ? "" : ", ") + objective.name;
  return names;
}

double total(const SearchView& view, double SearchTrial::* cost) {
  double sum = 0;
  for (const SearchTrial& trial : view.history) sum += std::isnan(trial.*cost) ? 0 : trial.*cost;
  return sum;
}

/// The trials to show: of one objective the best, each architecture once; of several the front.
std::vector<std::size_t> best_trials(const SearchView& view) {
  if (view.objectives.size() > 1) return view.front;
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < view.history.size(); ++i) {
    const SearchTrial& trial = view.history[i];
    if (!trial.scores.empty() && !std::isnan(trial.scores.front()) && !trial.same_as) order.push_back(i);
  }
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [&](std::size_t i) { return view.history[i].scores.front(); });
  std::set<std::string> seen;
  std::erase_if(order, [&](std::size_t i) { return !seen.insert(view.history[i].arch.text).second; });
  order.resize(std::min(order.size(), kShown));
  return order;
}

TextTable trials_table(const SearchView& view, const std::vector<std::size_t>& trials, int arch_width) {
  std::vector<TextTable::Column> columns = {{"trial", Align::right}, {"architecture"}};
  if (shows_params(view)) columns.push_back({"params", Align::right});
  for (const SearchObjective& objective : view.objectives) columns.push_back({objective.name, Align::right});
  if (shows_outcome(view)) columns.push_back({view.outcome->name, Align::right});
  TextTable table(std::move(columns));
  for (const std::size_t i : trials) {
    const SearchTrial& trial = view.history[i];
    std::vector<std::string> cells = {fmt::format("{}", trial.number),
                                      shorten_middle(clean_text(trial.arch.text), arch_width)};
    if (shows_params(view)) cells.push_back(count_text(view.params[i]));
    for (std::size_t k = 0; k < view.objectives.size(); ++k) cells.push_back(objective_text(view, trial, k));
    if (shows_outcome(view)) cells.push_back(trial.outcome ? number_text(*trial.outcome) : "-");
    table.add(std::move(cells));
  }
  return table;
}

std::string contenders_text(const SearchView& view, int width) {
  if (view.contenders.empty()) return "";
  const bool timed = std::ranges::any_of(view.contenders, &Contender::by_time);
  const bool several = view.objectives.size() > 1;
  std::vector<TextTable::Column> columns = {
      {"algorithm"}, {"objective"}, {"seeds", Align::right}, {"trials", Align::right}, {"epochs", Align::right}};
  if (timed) columns.push_back({"clock", Align::right});
  if (view.outcome) {
    for (const char* title : {"found", "s.e.", "best tried", "s.e."}) columns.push_back({title, Align::right});
  }
  if (several) {
    for (const char* title : {"hypervolume", "s.e."}) columns.push_back({title, Align::right});
  }
  TextTable table(std::move(columns));
  for (const Contender& c : view.contenders) {
    std::vector<std::string> cells = {c.algo, c.objective, fmt::format("{}", c.repeats),
                                      fmt::format("{:.0f}", c.trials), fmt::format("{:.0f}", c.epochs)};
    if (timed) cells.push_back(c.by_time ? duration_text(c.seconds) : "-");
    if (view.outcome) {
      for (const double value : {c.incumbent, c.incumbent_error, c.oracle, c.oracle_error})
        cells.push_back(outcome_number(value));
    }
    if (several) {
      for (const double value : {c.hypervolume, c.hypervolume_error}) cells.push_back(fixed_text(value, 4));
    }
    table.add(std::move(cells));
  }
  std::string text = "\nEvery way to search at the same budget, means over seeds";
  if (view.outcome) text += fmt::format("; found: {} of the best by the objective", view.outcome->name);
  if (several) text += "; hypervolume: as a share of what all that is recorded dominates";
  return text + ".\n\n" + table.text(width, 2);
}

std::string finals_text(const SearchView& view, int width) {
  if (view.finals.empty()) return "";
  int widest = 0;
  for (const FinalTraining& final : view.finals) widest = std::max(widest, display_width(final.arch.text));
  return fmt::format("\nTrained to the end, {}:\n\n{}", plural(view.finals.front().epochs, "epoch"),
                     fitted_table(widest, width, [&](int arch_width) {
                       TextTable table({{"chosen by"}, {"architecture"}, {"status"}, {"test accuracy", Align::right}});
                       for (const FinalTraining& final : view.finals)
                         table.add({final.chosen_by, shorten_middle(clean_text(final.arch.text), arch_width),
                                    final.status, fixed_text(final.test_accuracy, 4)});
                       return table;
                     }));
}

/// How many trainings ended early, and what that saved of their epochs and all others'.
std::string stopped_text(const SearchView& view) {
  int stopped = 0;
  double saved = 0;
  double spent = 0;
  for (const SearchTrial& trial : view.history) {
    spent += trial.epochs;
    if (trial.status != TraceStatus::stopped || trial.same_as) continue;
    ++stopped;
    saved += view.epochs - trial.epochs;
  }
  if (stopped == 0) return "";
  return fmt::format("; {} of the trainings ended early, which saved {:.0f} % of the epochs", stopped,
                     100 * saved / (saved + spent));
}

Json trial_json(const SearchView& view, std::size_t i, double epochs, double seconds) {
  const SearchTrial& trial = view.history[i];
  Json object = {{"number", trial.number},
                 {"arch", trial.arch.text},
                 {"objective", finite_or_null(objective_of(view, trial, 0))},
                 {"status", to_text(trial.status)},
                 {"cost_epochs", finite_or_null(epochs)},
                 {"cost_seconds", finite_or_null(seconds)}};
  if (view.objectives.size() > 1) {
    object["objectives"] = Json::object();
    for (std::size_t k = 0; k < view.objectives.size(); ++k)
      object["objectives"][view.objectives[k].name] = finite_or_null(objective_of(view, trial, k));
  }
  if (!view.params.empty()) object["params"] = view.params[i];
  if (view.outcome) object["outcome"] = trial.outcome ? finite_or_null(*trial.outcome) : Json(nullptr);
  if (trial.same_as) object["same_as"] = *trial.same_as;
  return object;
}

/// By cost: mean and standard error of the incumbent's outcome, and of the best that was tried.
Json curve_json(const Contender& contender) {
  Json list = Json::array();
  for (const CostPoint& point : contender.curve)
    list.push_back({finite_or_null(point.cost), finite_or_null(point.incumbent), finite_or_null(point.incumbent_error),
                    finite_or_null(point.oracle), finite_or_null(point.oracle_error)});
  return list;
}

Json history_json(const SearchView& view) {
  Json list = Json::array();
  double epochs = 0;
  double seconds = 0;
  for (std::size_t i = 0; i < view.history.size(); ++i) {
    const SearchTrial& trial = view.history[i];
    epochs += trial.epochs;
    seconds += trial.seconds;
    list.push_back(trial_json(view, i, epochs, std::isnan(trial.ended) ? seconds : trial.ended));
  }
  return list;
}

Json best_json(const SearchView& view) {
  const auto best = incumbent(view.history);
  if (!best) return nullptr;
  const SearchTrial& trial = view.history[*best];
  Json object = history_json(view)[*best];
  for (const FinalTraining& final : view.finals) {
    if (final.arch == trial.arch) object["outcome"] = finite_or_null(final.test_accuracy);
  }
  return object;
}

}  // namespace

std::string_view curve_unit(const Contender& contender) {
  if (contender.by_time) return "seconds";
  return contender.epochs > 0 ? "epochs" : "trials";
}

std::string search_sentences(const SearchView& view) {
  const auto shared = std::ranges::count_if(view.history, [](const auto& trial) { return trial.same_as.has_value(); });
  std::string text =
      fmt::format("{} of {}, {} by {}, objective {}", plural(static_cast<std::int64_t>(view.history.size()), "trial"),
                  view.space, view.replay ? "replayed" : "searched", view.algo, names_of(view));
  if (view.epochs > 0) text += fmt::format(" after {}", plural(view.epochs, "epoch"));
  if (view.schedule_epochs > 0) text += fmt::format(" of a {}-epoch schedule", view.schedule_epochs);
  if (!view.data.empty()) text += fmt::format(", on {}", view.data);
  if (!view.split.empty()) text += fmt::format(" ({})", view.split);
  if (!view.require.empty()) text += fmt::format(", with {}", view.require);
  if (!view.draw.empty()) text += fmt::format(", drawn by {}", view.draw);
  if (!view.ends_early.empty()) text += fmt::format(", {}", view.ends_early);
  if (!view.supernet.empty()) text += fmt::format(", {}", view.supernet);
  text += fmt::format(", seed {}. ", view.seed);
  text += fmt::format("Budget {}", view.budget);
  if (view.end != kSpent) text += view.end ? fmt::format("; it ended since {}", *view.end) : "; not over yet";
  const double epochs = total(view, &SearchTrial::epochs);
  const double seconds = total(view, &SearchTrial::seconds);
  if (epochs > 0) text += fmt::format(". It cost {:.0f} epochs", epochs);
  if (epochs > 0 && seconds > 0) text += fmt::format(", {} of training", duration_text(seconds));
  text += stopped_text(view);
  if (shared > 0) text += fmt::format("; {} shared the result of an isomorphic one", plural(shared, "trial"));
  return text + ".";
}

std::string to_text(const SearchView& view, int width) {
  std::string text = search_sentences(view) + "\n";
  const std::vector<std::size_t> trials = best_trials(view);
  if (trials.empty()) {
    text += "\nNo trial has a score.\n";
  } else {
    text += view.objectives.size() > 1
                ? fmt::format("\nPareto front, {}, hypervolume {}:\n\n",
                              plural(static_cast<std::int64_t>(trials.size()), "trial"), number_text(view.hypervolume))
                : fmt::format("\nBest by {}:\n\n", view.objectives.front().name);
    int widest = 0;
    for (const std::size_t i : trials) widest = std::max(widest, display_width(view.history[i].arch.text));
    text += fitted_table(widest, width, [&](int arch_width) { return trials_table(view, trials, arch_width); });
  }
  return text + finals_text(view, width) + contenders_text(view, width);
}

Json to_json(const SearchView& view) {
  Json object = {{"study", view.study},
                 {"space", view.space},
                 {"data", view.data},
                 {"split", view.split},
                 {"recipe", view.recipe},
                 {"seed", view.seed},
                 {"algo", view.algo},
                 {"budget", view.budget},
                 {"objective", names_of(view)},
                 {"epochs", view.epochs},
                 {"schedule_epochs", view.schedule_epochs}};
  if (!view.require.empty()) object["require"] = view.require;
  if (!view.draw.empty()) object["draw"] = view.draw;
  if (!view.ends_early.empty()) object["ends_early"] = view.ends_early;
  if (!view.supernet.empty()) object["supernet"] = view.supernet;
  object["replay"] = view.replay;
  object["ended"] = view.end ? Json(*view.end) : Json(nullptr);
  object["trials"] = view.history.size();
  object["best"] = best_json(view);
  if (view.objectives.size() > 1) {
    Json front = Json::array();
    for (const std::size_t i : view.front) front.push_back(view.history[i].number);
    object["front"] = std::move(front);
    object["hypervolume"] = finite_or_null(view.hypervolume);
  }
  if (view.outcome)
    object["outcome"] = {
        {"name", view.outcome->name}, {"run", view.outcome->run}, {"lower_is_better", view.outcome->lower_is_better}};
  object["history"] = history_json(view);
  Json finals = Json::array();
  for (const FinalTraining& final : view.finals)
    finals.push_back({{"chosen_by", final.chosen_by},
                      {"number", final.number},
                      {"arch", final.arch.text},
                      {"epochs", final.epochs},
                      {"status", final.status},
                      {"test_accuracy", finite_or_null(final.test_accuracy)}});
  if (!finals.empty()) object["final"] = std::move(finals);
  Json contenders = Json::array();
  for (const Contender& c : view.contenders)
    contenders.push_back({{"algo", c.algo},
                          {"objective", c.objective},
                          {"repeats", c.repeats},
                          {"trials", finite_or_null(c.trials)},
                          {"epochs", finite_or_null(c.epochs)},
                          {"seconds", finite_or_null(c.seconds)},
                          {"incumbent", finite_or_null(c.incumbent)},
                          {"incumbent_error", finite_or_null(c.incumbent_error)},
                          {"oracle", finite_or_null(c.oracle)},
                          {"oracle_error", finite_or_null(c.oracle_error)},
                          {"hypervolume", finite_or_null(c.hypervolume)},
                          {"hypervolume_error", finite_or_null(c.hypervolume_error)},
                          {"curve_by", curve_unit(c)},
                          {"curve", curve_json(c)}});
  if (!contenders.empty()) object["compare"] = std::move(contenders);
  if (!view.manifest.is_null()) object["manifest"] = view.manifest;
  return object;
}

}  // namespace tse
