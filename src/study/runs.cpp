#include "tse/study/runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "tse/base/missing.h"
#include "tse/rank/truth.h"
#include "tse/space/graph.h"
#include "tse/space/space.h"
#include "tse/store/curve_study.h"
#include "tse/store/open.h"
#include "tse/study/growth.h"
#include "tse/study/study.h"

namespace tse {
namespace {

std::string facts_of(const Plan& plan, const std::optional<DataRecord>& data) {
  std::string text = fmt::format("{} on {}", plan.space, plan.data);
  if (data)
    text += fmt::format(" ({} training, {} validation and {} test images)", data->train, data->valid, data->test);
  return text + fmt::format(", recipe {}, seed {}", plan.recipe, plan.seed);
}

/// The words that tell which trainings a table is of, as far as its source has them.
std::string facts_of(const CurveTable& table) {
  std::string text = "imported";
  for (const char* key : {"space", "dataset", "hp", "run"}) {
    const auto found = table.source.find(key);
    if (found != table.source.end() && found->is_string())
      text += fmt::format(", {} {}", key, found->get<std::string>());
  }
  return text;
}

/// What the study measured itself; nothing where it has no test accuracy but the guesses of those that diverged.
std::optional<RunOutcome> outcome_of(const std::vector<Trial>& trials, int epochs, int classes) {
  std::vector<const Trace*> traces;
  for (const Trial& trial : trials) traces.push_back(&trial.trace);
  const auto own = own_outcomes(traces, epochs, classes);
  if (!own) return std::nullopt;
  RunOutcome outcome{.name = column_name(Metric::test_accuracy), .source = own->source, .lower = false, .values = {}};
  for (const auto& value : own->values) outcome.values.push_back(value.value_or(kMissing));
  return outcome;
}

}  // namespace

Runs read_runs(const std::filesystem::path& study) {
  if (holds_curves(study)) {
    CurveTable table = read_curve_table(study);
    std::string facts = facts_of(table);
    Runs runs(study.string(), std::move(table));
    runs.facts = std::move(facts);
    return runs;
  }
  Plan plan;
  const auto store = open_study(study, Access::read, plan);
  if (plan.differentiate)
    throw UsageError(study.string(),
                     "expected a study of trainings to compare; differentiable searches are seen by tse "
                     "report, and what they found is trained by tse train");
  std::optional<DataRecord> data;
  if (const auto record = store->recall("data")) data = data_record_from_json(*record, study.string());
  std::vector<Trial> trials = store->trials(true);
  // what stands beside trainings that compare: super-networks, shared results, the winner's training to the end
  const auto end = search_end(*store);
  std::erase_if(trials, [&](const Trial& trial) {
    const bool supernet = trial.job.one_shot && trial.job.one_shot->is_supernet();
    return supernet || trial.job.relaxed || trial.job.same_as.has_value() || (end && trial.job.number >= end->trials);
  });
  const std::size_t all = trials.size();
  std::erase_if(trials, [](const Trial& trial) {
    return trial.state != TrialState::finished || trial.trace.status == TraceStatus::failed;
  });

  const auto space = make_space(plan.space);
  std::vector<std::string> archs;
  std::vector<Trace> traces;
  Columns columns;
  int schedule = 0;
  std::vector<double> seconds;
  const Task task = data ? data->task : Task{};
  std::optional<RunOutcome> outcome = outcome_of(trials, plan.budget.epochs, task.classes);
  if (outcome) columns[outcome->name] = outcome->values;
  std::optional<Truth> truth;
  if (!plan.truth.is_null()) {
    truth = truth_from_json(plan.truth, study.string());
    outcome = RunOutcome{.name = truth->column,
                         .source = fmt::format("the trainings behind {}", truth->source),
                         .lower = truth->lower,
                         .values = {}};
  }
  for (Trial& trial : trials) {
    const Graph graph = space->lower(trial.job.arch, task);
    columns["params"].push_back(static_cast<double>(parameters(graph)));
    columns["macs"].push_back(static_cast<double>(macs(graph)));
    schedule = std::max(schedule, trial.job.recipe.schedule_epochs);
    for (const StaticScore& score : trial.trace.scores) {
      std::vector<double>& column = columns[score.name];
      column.resize(archs.size() + 1, kMissing);
      column.back() = score.value;
    }
    archs.push_back(trial.job.arch.text);
    const auto steps = static_cast<double>(trial.trace.step_loss.size());
    seconds.push_back(steps > 0 ? trial.trace.seconds / steps * steps_per_epoch(trial.trace) : kMissing);
    traces.push_back(std::move(trial.trace));
    if (!truth) continue;
    const auto found = truth->outcome.find(archs.back());
    outcome->values.push_back(found == truth->outcome.end() ? kMissing : found->second);
  }
  for (auto& [name, column] : columns) column.resize(archs.size(), kMissing);
  if (truth) columns[truth->column] = outcome->values;
  Runs runs(study.string(), std::move(archs), std::move(traces), std::move(columns));
  runs.space = plan.space;
  runs.seconds_per_epoch = std::move(seconds);
  runs.facts = facts_of(plan, data);
  runs.left_out = all - trials.size();
  runs.set_schedule_epochs(schedule);
  runs.outcome = std::move(outcome);
  runs.outcome_advice = plan.budget.test_at_end
                            ? "Its trainings are tested after their last epoch, and none has got there without "
                              "diverging"
                            : "Trainings get one with --test-at-end";
  return runs;
}

}  // namespace tse
