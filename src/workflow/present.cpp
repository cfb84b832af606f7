#include "tse/workflow/present.h"

#include <fmt/format.h>

#include "tse/base/error.h"
#include "tse/data/data.h"
#include "tse/rank/truth.h"
#include "tse/report/ranking_json.h"
#include "tse/report/ranking_text.h"
#include "tse/report/scores.h"
#include "tse/report/training.h"
#include "tse/space/space.h"
#include "tse/study/study.h"
#include "tse/workflow/task.h"

namespace tse {

namespace {

/// As far as the images can be found.
Task task_before_reading(const std::string& data) {
  try {
    return task_of(make_data(data)->facts());
  } catch (const UsageError&) {
    return {};  // of an export, which has no folder of them
  } catch (const DataError&) {
    return {};
  }
}

}  // namespace

std::string split_text(const DataRecord& record) {
  return fmt::format("{} training, {} validation and {} test images of {}x{}x{}", record.train, record.valid,
                     record.test, record.task.input.channels, record.task.input.height, record.task.input.width);
}

Ranking ranking_of(Store& store, const Plan& plan, const std::string& study) {
  RankingOptions options{.study = study,
                         .split = {},
                         .seed = plan.seed,
                         .recipe = plan.recipe,
                         .estimators = plan.estimators,
                         .truth = std::nullopt,
                         .manifest = plan.manifest};
  if (!plan.truth.is_null()) options.truth = truth_from_json(plan.truth, study);
  Task task = task_before_reading(plan.data);
  if (const auto record = store.recall("data")) {
    const DataRecord data = data_record_from_json(*record, study);
    task = data.task;
    options.split = split_text(data);
    options.manifest["data_digest"] = data.digest;
  }
  for (const char* fact : {"engine", "reused"}) {
    if (const auto value = store.recall(fact)) options.manifest[fact] = *value;
  }
  options.manifest["command_line"] = fmt::format("{}", fmt::join(plan.command_line, " "));
  return make_ranking(store.trials(true), *make_space(plan.space), task, options);
}

std::string results_text(const Plan& plan, const Ranking& ranking, int width) {
  if (plan.verb == "score") return scores_text(ranking, width);
  return plan.verb == "train" ? training_text(ranking) : to_text(ranking, width);
}

Json results_json(const Plan& plan, const Ranking& ranking) {
  if (plan.verb == "score") return scores_json(ranking);
  return plan.verb == "train" ? training_json(ranking, plan.step_losses) : to_json(ranking, plan.step_losses);
}

}  // namespace tse
