#include "tse/workflow/objectives.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include "tse/base/error.h"
#include "tse/base/missing.h"
#include "tse/base/spec.h"
#include "tse/estimate/fitted.h"
#include "tse/estimate/running_blend.h"
#include "tse/report/trial_scores.h"
#include "tse/space/graph.h"
#include "tse/space/numbers.h"
#include "tse/workflow/rankers.h"

namespace tse {
namespace {

/// One objective of a trial: higher is better.
using Measure = std::function<double(const Trial&)>;

/// A blend on the scale of the first trials, so that scores told at different times compare: of those that are known
/// from the start, or else of those that are asked for.
class BlendMeasure {
 public:
  BlendMeasure(const std::string& name, const Plan& plan, std::shared_ptr<const Space> space, const Task& task,
               const std::vector<Trial>& known)
      : space_(std::move(space)),
        task_(task),
        running_(make_blend(parse_spec(name, "--objective")), plan.budget.epochs,
                 parse_recipe(plan.recipe).schedule_epochs),
        fixed_(!known.empty()) {
    for (const Trial& trial : known) {
      if (trial.state == TrialState::finished && !trial.job.same_as)
        show(trial, [&](const Record& record) { running_.add(record); });
    }
  }

  double operator()(const Trial& trial) {
    double score = kMissing;
    show(trial, [&](const Record& record) {
      if (!fixed_ && !trial.job.same_as) running_.add(record);
      score = running_.score(record);
    });
    return score;
  }

 private:
  void show(const Trial& trial, const std::function<void(const Record&)>& use) const {
    const Graph graph = space_->lower(trial.job.arch, task_);
    with_record(trial, parameters(graph), macs(graph), use);
  }

  std::shared_ptr<const Space> space_;
  Task task_;
  RunningBlend running_;
  bool fixed_;
};

Measure measure_of(const SearchObjective& objective, const Plan& plan, const Task& task,
                   const std::vector<Trial>& known) {
  const std::shared_ptr<const Space> space = make_space(plan.space);
  if (objective.cost) {
    return [=](const Trial& trial) {
      return -graph_number(objective.name, space->lower(trial.job.arch, task), "objective");
    };
  }
  if (fitted_estimators().knows(objective.name)) return BlendMeasure(objective.name, plan, space, task, known);
  return [=, predictor = make_predictor(objective.name)](const Trial& trial) {
    const Graph graph = space->lower(trial.job.arch, task);
    return score_of(trial, parameters(graph), macs(graph), predictor);
  };
}

}  // namespace

std::vector<SearchObjective> parse_objectives(const std::vector<std::string>& texts) {
  std::vector<SearchObjective> list;
  for (const std::string& text : texts) {
    for (const std::string& name : split_names(text, "--objective")) {
      SearchObjective objective{.name = name, .cost = is_graph_number(name)};
      if (!objective.cost) objective.name = ranker_name(name, "--objective");
      if (std::ranges::find(list, objective.name, &SearchObjective::name) != list.end())
        throw UsageError("--objective", "expected each once; got {} again", name);
      list.push_back(std::move(objective));
    }
  }
  if (list.empty()) throw UsageError("--objective", "expected an estimator; got none");
  return list;
}

TrialScores scorer_of(const Plan& plan, const Task& task, const std::vector<Trial>& known) {
  std::vector<Measure> measures;
  for (const SearchObjective& objective : parse_objectives(plan.search->objectives))
    measures.push_back(measure_of(objective, plan, task, known));
  return [measures](const Trial& trial) mutable {
    std::vector<double> scores;
    const bool failed = trial.trace.status == TraceStatus::failed;
    for (Measure& measure : measures) scores.push_back(failed ? kMissing : measure(trial));
    return scores;
  };
}

}  // namespace tse
