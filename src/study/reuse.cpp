#include "tse/study/reuse.h"

#include <fmt/ranges.h>

#include <map>
#include <string>

#include "tse/base/error.h"
#include "tse/store/open.h"
#include "tse/study/study.h"

namespace tse {
namespace {

/// All that the job's result depends on.
std::string essence(Job job) {
  job.number = 0;
  job.data = without_folder(job.data);
  job.budget.checkpoint_seconds = 0;
  return to_json(job).dump();
}

/// Where the study's results came from: what it reused itself, and then its own.
Json origins(Store& store, const Plan& plan, std::size_t results) {
  Json list = store.recall("reused").value_or(Json::array());
  list.push_back(
      {{"results", results}, {"manifest", plan.manifest}, {"engine", store.recall("engine").value_or(nullptr)}});
  return list;
}

}  // namespace

Known known_results(const std::filesystem::path& study, std::vector<Job> jobs) {
  Plan plan;
  const auto store = open_study(study, Access::read, plan);
  std::map<std::string, Trace> results;
  for (Trial& trial : store->trials(true)) {
    if (trial.state == TrialState::finished && trial.trace.status != TraceStatus::failed)
      results.emplace(essence(trial.job), std::move(trial.trace));
  }
  Known known;
  for (Job& job : jobs) {
    const int number = job.number;
    if (const auto found = results.find(essence(std::move(job))); found != results.end())
      known.results.emplace(number, found->second);
  }
  if (known.results.empty()) {
    throw UsageError(study.string(), "expected results of what is asked for here; its {} are of: {}", results.size(),
                     fmt::join(plan.command_line, " "));
  }
  if (auto data = store->recall("data")) known.facts.emplace("data", std::move(*data));
  known.facts.emplace("reused", origins(*store, plan, known.results.size()));
  return known;
}

}  // namespace tse
