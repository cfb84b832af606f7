#include "tse/report/differentiate.h"

#include <fmt/format.h>

#include <algorithm>

#include "arch_table.h"
#include "differentiate_values.h"
#include "mean_text.h"
#include "tse/base/table.h"
#include "tse/report/escape.h"
#include "tse/report/units.h"

namespace tse {
namespace {

TextTable methods_table(const DifferentiateView& view) {
  using enum TextTable::Align;
  std::vector<TextTable::Column> columns = {{"method"}, {"seeds"}};
  if (view.outcome) columns.push_back({view.outcome->name, right});
  columns.insert(columns.end(), {{"skip connections", right}, {"entropy", right}});
  TextTable table(std::move(columns));
  for (const DifferentiateMethod& method : view.methods) {
    const MethodResult result = result_of(method);
    std::vector<std::string> cells = {method.name, fmt::format("{} of {}", result.finished, view.seeds)};
    if (view.outcome) cells.push_back(mean_text(result.outcomes, outcome_decimals(view)));
    cells.push_back(mean_text(result.skips, 1));
    cells.push_back(mean_text(result.entropies, 2));
    table.add(std::move(cells));
  }
  return table;
}

TextTable runs_table(const DifferentiateView& view, int arch_width) {
  using enum TextTable::Align;
  std::vector<TextTable::Column> columns = {
      {"method"}, {"seed", right}, {"status"}, {"epoch", right}, {"architecture"}};
  if (view.outcome) columns.push_back({view.outcome->name, right});
  TextTable table(std::move(columns));
  for (const DifferentiateMethod& method : view.methods) {
    for (const DifferentiateRun& run : method.runs) {
      const FoundNow now = last_found(run);
      std::vector<std::string> cells = {method.name, fmt::format("{}", run.seed), std::string(to_text(run.status))};
      cells.push_back(now.found ? fmt::format("{}", now.found->epoch) : "-");
      cells.push_back(now.found ? shorten_middle(clean_text(now.found->arch), arch_width) : "-");
      if (view.outcome) cells.push_back(number_text(now.outcome));
      table.add(std::move(cells));
    }
  }
  return table;
}

int widest_found(const DifferentiateView& view) {
  int widest = 0;
  for (const DifferentiateMethod& method : view.methods) {
    for (const DifferentiateRun& run : method.runs)
      if (!run.found.empty()) widest = std::max(widest, display_width(clean_text(run.found.back().arch)));
  }
  return widest;
}

/// Of those that did not go well, a line each.
std::string reasons_text(const DifferentiateView& view) {
  std::string lines;
  for (const DifferentiateMethod& method : view.methods) {
    for (const DifferentiateRun& run : method.runs) {
      if (run.reason.empty()) continue;
      lines += fmt::format("{}, seed {}: {}, {}\n", clean_text(method.name), run.seed, to_text(run.status),
                           clean_text(run.reason));
    }
  }
  return lines.empty() ? "" : "\n" + lines;
}

/// Of the first search that found something, whatever its outcome: a search does not know it.
std::string next_text(const DifferentiateView& view) {
  for (const DifferentiateMethod& method : view.methods) {
    if (const DifferentiateRun* run = first_found(method))
      return fmt::format("\nTo train from scratch what {}, seed {}, found: {}\n", clean_text(method.name), run->seed,
                         train_command(view, run->found.back()));
  }
  return "\nNothing is found yet.\n";
}

Json run_json(const DifferentiateRun& run) {
  Json found = Json::array();
  for (const Found& each : run.found)
    found.push_back({{"epoch", each.epoch}, {"arch", each.arch}, {"shares", each.shares}});
  Json outcomes = Json::array();
  for (const std::optional<double>& each : run.outcomes) outcomes.push_back(finite_or_null(each.value_or(kMissing)));
  Json entropies = Json::array();
  for (const double each : run.entropies) entropies.push_back(finite_or_null(each));
  return {{"number", run.number},
          {"seed", run.seed},
          {"status", to_text(run.status)},
          {"reason", run.reason},
          {"found", std::move(found)},
          {"outcomes", std::move(outcomes)},
          {"skips", run.skips},
          {"entropies", std::move(entropies)},
          {"seconds", finite_or_null(run.seconds)}};
}

}  // namespace

std::string differentiate_sentences(const DifferentiateView& view) {
  const auto methods = static_cast<std::int64_t>(view.methods.size());
  std::string text =
      fmt::format("Differentiable search of {} by {}, {} of each, {} on {}", view.space, plural(methods, "method"),
                  plural(view.seeds, "seed"), plural(view.epochs, "epoch"), view.data);
  if (!view.split.empty()) text += fmt::format(" ({})", view.split);
  text += fmt::format(", seed {}.", view.seed);
  std::int64_t over = 0;
  std::int64_t diverged = 0;
  std::int64_t failed = 0;
  for (const DifferentiateMethod& method : view.methods) {
    over += std::ranges::count_if(method.runs, [](const auto& run) { return run.status != TraceStatus::running; });
    diverged += std::ranges::count(method.runs, TraceStatus::diverged, &DifferentiateRun::status);
    failed += std::ranges::count(method.runs, TraceStatus::failed, &DifferentiateRun::status);
  }
  if (over < methods * view.seeds)
    text += fmt::format(" So far {} of {} searches are over.", over, methods * view.seeds);
  if (diverged > 0) text += fmt::format(" {} diverged.", diverged);
  if (failed > 0) text += fmt::format(" {} failed.", failed);
  return text;
}

std::string to_text(const DifferentiateView& view, int width) {
  std::string text = differentiate_sentences(view) + "\n";
  text += fmt::format(
      "\nFound last, mean and sample standard deviation over seeds; entropy of the shares in "
      "nats:\n\n{}",
      methods_table(view).text(width));
  if (const std::string references = references_sentence(view); !references.empty()) text += "\n" + references + "\n";
  text += "\nBy each search, after its last epoch so far:\n\n";
  text += fitted_table(widest_found(view), width, [&](int arch_width) { return runs_table(view, arch_width); });
  return text + reasons_text(view) + next_text(view);
}

Json to_json(const DifferentiateView& view) {
  Json object = {{"study", view.study}, {"space", view.space}, {"data", view.data},    {"split", view.split},
                 {"seed", view.seed},   {"seeds", view.seeds}, {"epochs", view.epochs}};
  Json places = Json::array();
  for (const Place& place : view.places) places.push_back({{"name", place.name}, {"options", place.options}});
  object["places"] = std::move(places);
  Json methods = Json::array();
  for (const DifferentiateMethod& method : view.methods) {
    Json runs = Json::array();
    for (const DifferentiateRun& run : method.runs) runs.push_back(run_json(run));
    methods.push_back({{"name", method.name}, {"recipe", method.recipe}, {"runs", std::move(runs)}});
  }
  object["methods"] = std::move(methods);
  if (view.outcome) {
    object["outcome"] = {
        {"name", view.outcome->name}, {"run", view.outcome->run}, {"lower_is_better", view.outcome->lower_is_better}};
    object["references"] = {{"random", finite_or_null(view.random)},
                            {"largest", finite_or_null(view.largest)},
                            {"best", finite_or_null(view.best)}};
  }
  if (!view.manifest.is_null()) object["manifest"] = view.manifest;
  return object;
}

}  // namespace tse
