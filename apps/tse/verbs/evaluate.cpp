#include "verbs/evaluate.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iostream>
#include <map>
#include <numeric>

#include "tse/base/csv.h"
#include "tse/base/error.h"
#include "tse/base/missing.h"
#include "tse/base/outcome_name.h"
#include "tse/base/write.h"
#include "tse/estimate/sweep.h"
#include "tse/rank/truth.h"
#include "tse/report/comparison_html.h"
#include "tse/report/comparison_json.h"
#include "tse/report/comparison_text.h"
#include "tse/report/page_file.h"
#include "tse/space/space.h"
#include "tse/study/runs.h"

namespace tse::cli {
namespace {

template <class Number>
Number number(std::string_view text, std::string_view place, std::string_view wanted) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    throw UsageError(place, "expected {}; got '{}'", wanted, text);
  return value;
}

/// `5,10,20..100/20`, or `all` up to the last.
std::vector<int> parse_budgets(std::string_view text, int last) {
  std::vector<int> budgets;
  if (text == "all") {
    budgets.resize(static_cast<std::size_t>(std::max(last, 1)));
    std::iota(budgets.begin(), budgets.end(), 1);
  } else if (!text.empty()) {
    for (std::size_t end = 0; end != std::string_view::npos;
         text.remove_prefix(end == std::string_view::npos ? 0 : end + 1)) {
      end = text.find(',');
      for (const std::string& one : expand_range(text.substr(0, end), "--epochs"))
        budgets.push_back(number<int>(one, "--epochs", "numbers of epochs as 5,10,20 or 1..20, or all"));
    }
  }
  return budgets;
}

/// `1%` or `0.01`.
double parse_fraction(std::string_view text) {
  const bool percent = text.ends_with('%');
  const std::string_view digits = percent ? text.substr(0, text.size() - 1) : text;
  constexpr std::string_view kWanted = "a share above 0, at most all, as 1% or 0.01";
  const double fraction = number<double>(digits, "--top", kWanted) / (percent ? 100 : 1);
  if (!(fraction > 0 && fraction <= 1)) throw UsageError("--top", "expected {}; got '{}'", kWanted, text);
  return fraction;
}

double parse_outcome(std::string_view text) {
  constexpr std::string_view kWanted = "an outcome in its own unit, as 10";
  const double value = number<double>(text, "--at-least", kWanted);
  if (!std::isfinite(value)) throw UsageError("--at-least", "expected {}; got '{}'", kWanted, text);
  return value;
}

RunOutcome outcome_column(const Runs& runs, const std::string& text) {
  const ColumnName asked = parse_column_name(text, runs.column_names());
  if (!runs.columns().contains(asked.column))
    throw UsageError(runs.study, "{}", unknown_name("column", asked.column, runs.column_names()));
  const bool own = runs.outcome && runs.outcome->name == asked.column && runs.outcome->lower;
  RunOutcome outcome{
      .name = asked.column, .source = "the study's own record", .lower = asked.lower || own, .values = {}};
  for (const Record& record : runs.records()) outcome.values.push_back(record.column(asked.column));
  return outcome;
}

RunOutcome outcome_of_table(const Runs& runs, const std::string& text) {
  const Truth truth = read_truth(text);
  return {.name = truth.column,
          .source = truth.source,
          .lower = truth.lower,
          .values = runs.join(truth.outcome, kMissing, truth.source)};
}

/// The name of each training's group: of a column, of the settings of the space's generator, or of a table that says so
/// by architecture.
std::vector<std::string> groups_of(const Runs& runs, const std::string& by) {
  std::vector<std::string> groups;
  if (runs.columns().contains(by)) {
    for (const Record& record : runs.records()) {
      const double value = record.column(by);
      groups.push_back(std::isnan(value) ? "" : fmt::format("{}", value));
    }
    return groups;
  }
  if (by == "setting" && !runs.space.empty()) {
    const auto space = make_space(runs.space);
    for (const std::string& arch : runs.archs()) groups.push_back(space->setting_of({arch}));
    return groups;
  }
  const std::size_t colon = by.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == by.size()) {
    throw UsageError("--group", "expected a column of {}, setting, or FILE.csv:COLUMN; {}", runs.study,
                     unknown_name("column", by, runs.column_names()));
  }
  const Csv table = Csv::read(by.substr(0, colon));
  const std::vector<std::string_view> archs = table.keys("arch");
  const auto column = table.find_column(by.substr(colon + 1));
  if (!column) throw UsageError(table.place(), "{}", unknown_name("column", by.substr(colon + 1), table.header()));
  std::map<std::string, std::string> of;
  for (std::size_t row = 0; row < table.rows(); ++row) of.emplace(archs[row], table.cell(row, *column));
  return runs.join(of, std::string(), table.place());
}

/// The trainings with the scores of other studies. UsageError where one has nothing new, is of other networks, or has
/// what one before it has.
Runs with_scores(Runs runs, const std::vector<std::string>& studies) {
  std::map<std::string, std::string> from;  // by column, the study that it was taken from
  for (const std::string& study : studies) {
    const Runs scores = read_runs(study);
    if (!runs.space.empty() && !scores.space.empty() && scores.space != runs.space)
      throw UsageError(study, "expected scores of networks of {}, as in {}; got those of {}", runs.space, runs.study,
                       scores.space);
    bool any = false;
    for (const std::string& name : scores.column_names()) {
      const bool counts = name == "params" || name == "macs";  // the same in all studies of a space
      if (const auto other = from.find(name); other != from.end() && !counts)
        throw UsageError(study, "expected other scores than those of {}; '{}' comes again", other->second, name);
      if (runs.columns().contains(name)) continue;
      from.emplace(name, study);
      any = true;
    }
    if (!any)
      throw UsageError(study, "expected scores that {} lacks; there are {}", runs.study,
                       fmt::join(scores.column_names(), ", "));
    runs = runs.with_columns(scores);
  }
  return runs;
}

}  // namespace

void EvaluateVerb::setup(CLI::App& app) {
  app.add_option("studies", studies, "files of studies; several are shown side by side")->required();
  const auto add = [&](const char* flag, std::string& value, const char* help) { app.add_option(flag, value, help); };
  add("--epochs", epochs,
      "budgets T, as 5,10,20 or 1..20 or all; default log-spaced, up to what all with an outcome have");
  app.add_option(
         "--estimators", estimators,
         "what to compare, as tse,tse-e:epochs=2,lcsvr,params or any column of the study; values may be swept, as "
         "tse-e:epochs=1+10..70/10; may be given again; default all that the study has something for")
      ->expected(1)
      ->take_all();
  add("--outcome", outcome, "COLUMN[:lower] of the study to rank against; default its own outcome");
  add("--truth", truth, "FILE.csv:COLUMN[:lower], outcomes from a table in its place");
  add("--truth-study", truth_study, "another study whose outcome to take, by architecture: independent seeds");
  app.add_option("--scores", scores, "studies of tse score whose zero-cost scores to compare too, by architecture")
      ->expected(1)
      ->take_all();
  add("--curve", curve, "the metric that loss-summing estimators sum, as train_error; default train_loss");
  add("--at-least", at_least, "only trainings with an outcome at least that good, in its own unit; default all");
  add("--top", top, "only the best share of the trainings by outcome, as 1%; default 100%");
  add_options(app, {{"k", &k, "how many of the best to look at", between(1, 1000000)},
                    {"bootstrap", &resamples, "resamples of the intervals, 0 is without", between(0, 1000000)},
                    {"seed", &seed, "of the resamples", {}},
                    {"threads", &threads, "0 is one per core", between(0, 1024)},
                    {"budget_line", &budget_line, "also say where the effective budget ends (tse budget)", {}},
                    {"csv", &csv, "print comma-separated values instead of text", {}}});
  add("--against", against, "the estimator that differences are taken from; default the best at each budget");
  add("--group", group,
      "also compare the means of groups: a column of the study, setting (of the space's generator), or "
      "FILE.csv:COLUMN");
  add("--report", report, "folder for a page of plots");
  add("--per-training", per_training, "also write a CSV file of every training's outcome and scores, a column each");
  add_json(app, json);
}

Comparison EvaluateVerb::evaluate(const std::string& study) const {
  const Runs runs = with_scores(read_runs(study), scores);
  const double fraction = parse_fraction(top);
  ComparisonOptions options{.top_fraction = fraction,
                            .k = k,
                            .bootstrap = {.resamples = resamples, .seed = seed},
                            .against = against,
                            .group = group,
                            .keep_scores = !per_training.empty(),
                            .threads = threads};
  for (const std::string& text : estimators)
    for (std::string& one : expand_estimators(text))
      if (std::ranges::find(options.estimators, one) == options.estimators.end())
        options.estimators.push_back(std::move(one));
  if (!at_least.empty()) options.at_least = parse_outcome(at_least);
  if (!curve.empty()) options.curve = metric_named(curve, "--curve");
  options.budgets = parse_budgets(epochs, (options.curve ? runs.with_curve(*options.curve) : runs).epochs());
  if (!truth.empty()) options.outcome = outcome_of_table(runs, truth);
  if (!truth_study.empty()) options.outcome = outcome_for(runs, read_runs(truth_study));
  if (!outcome.empty()) options.outcome = outcome_column(runs, outcome);
  if (!group.empty()) options.groups = groups_of(runs, group);
  if (budget_line) options.effective = OverfitCriterion();
  return make_comparison(runs, options);
}

int EvaluateVerb::run(Context& /*context*/) {
  if (int(!outcome.empty()) + int(!truth.empty()) + int(!truth_study.empty()) > 1)
    throw UsageError("tse evaluate", "expected one of --outcome, --truth and --truth-study; got several");
  if (csv && !group.empty())
    throw UsageError("tse evaluate", "expected --json with --group; a table of lines has no place for groups");
  if (csv && budget_line)
    throw UsageError("tse evaluate", "expected --json with --budget-line; a table of lines has no place for it");
  if (!per_training.empty() && studies.size() > 1)
    throw UsageError("--per-training", "expected one study; got {}", studies.size());
  if (!per_training.empty()) expect_no_file(per_training);
  if (!report.empty()) expect_own_page(page_in(report));
  if (csv && json) throw UsageError("tse evaluate", "expected one of --csv and --json; got both");
  std::vector<Comparison> comparisons;
  for (const std::string& study : studies) comparisons.push_back(evaluate(study));
  if (json) {
    Json list = Json::array();
    for (const Comparison& comparison : comparisons) list.push_back(to_json(comparison));
    print_json(list.size() == 1 ? list.front() : Json{{"studies", std::move(list)}});
  } else if (csv) {
    for (std::size_t i = 0; i < comparisons.size(); ++i) std::cout << to_csv(comparisons[i], i == 0);
  } else if (comparisons.size() == 1) {
    std::cout << to_text(comparisons.front(), output_width());
  } else {
    std::cout << side_by_side_text(comparisons, output_width());
  }
  if (!per_training.empty()) {
    write_file(per_training, scores_csv(comparisons.front()));
    std::cerr << fmt::format("scores {}\n", per_training);
  }
  if (!report.empty()) {
    const auto page = page_in(report);
    write_html(comparisons, page);
    std::cerr << fmt::format("report {}\n", page.string());
  }
  return kExitDone;
}

}  // namespace tse::cli
