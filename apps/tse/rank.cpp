#include "rank.h"

#include <algorithm>
#include <filesystem>
#include <iostream>

#include "archs.h"
#include "tse/base/error.h"
#include "tse/estimate/estimator.h"
#include "tse/rank/truth.h"

namespace tse::cli {
namespace {

/// Scores that are always shown beside the one that ranks.
constexpr const char* kAlways[] = {"tse-ema", "tse", "tse-e"};

std::vector<std::string> with_the_family(const std::vector<std::string>& asked) {
  std::vector<std::string> list;
  for (const std::string& text : asked) list.push_back(estimators().make(text)->spec());
  for (const char* name : kAlways) {
    if (std::ranges::find(list, name) == list.end()) list.emplace_back(name);
  }
  return list;
}

/// The outcomes of these architectures, to go into the plan.
Json outcomes_of(const std::vector<Arch>& archs, const std::string& text) {
  const Truth all = read_truth(text);
  Truth mine{.column = all.column, .lower = all.lower, .outcome = {}};
  for (const Arch& arch : archs) {
    if (const auto found = all.outcome.find(arch.text); found != all.outcome.end()) mine.outcome.insert(*found);
  }
  if (mine.outcome.empty()) throw DataError(text, "expected an outcome for the ranked architectures; there is none");
  Json json = to_json(mine);
  json["source"] = std::filesystem::path(text.substr(0, text.find(':'))).filename().string();
  return json;
}

}  // namespace

void RankVerb::setup(CLI::App& app) {
  app.add_option("--archs", archs, "how many to draw, or a file with one per line, or - for standard input; default 8");
  app.add_option("--estimator", estimators, "what to rank by; may be given again for further scores; default tse-ema")
      ->take_all();
  app.add_option("--truth", truth, "FILE.csv:COLUMN[:lower], outcomes to correlate the scores with");
  training.setup(app);
}

int RankVerb::run(Context& context) {
  Plan plan = training.plan(kName, context);
  plan.estimators = with_the_family(estimators);
  const std::vector<Arch> list = read_archs(archs, *make_space(plan.space), plan.seed);
  if (!truth.empty()) plan.truth = outcomes_of(list, truth);
  return run_training(plan, list, training.study,
                      {.workers = training.workers, .report = training.report, .json = training.json});
}

}  // namespace tse::cli
