#include "tse/report/ranking_json.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tse {
namespace {

Json numbers(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(finite_or_null(value));
  return list;
}

Json trial_json(const Ranking& ranking, const RankedTrial& ranked, bool step_losses) {
  const Trace& trace = ranked.trial.trace;
  Json object = {
      {"arch", ranked.trial.job.arch.text},  {"params", ranked.params}, {"macs", ranked.macs},
      {"status", status_name(ranked.trial)}, {"epochs", epochs(trace)}, {"train_loss", numbers(epoch_losses(trace))}};
  if (!trace.reason.empty()) object["reason"] = trace.reason;
  if (step_losses) object["step_loss"] = numbers(trace.step_loss);
  if (step_losses && !trace.output_loss.empty()) object["output_loss"] = numbers(trace.output_loss);
  for (const auto& [key, split, metric] :
       {std::tuple{"valid_accuracy", "valid", "accuracy"}, std::tuple{"valid_loss", "valid", "loss"},
        std::tuple{"test_accuracy", "test", "accuracy"}}) {
    const std::vector<double> curve = evaluation_curve(trace, split, metric);
    if (!curve.empty()) object[key] = numbers(curve);
  }
  Json scores = Json::object();
  for (std::size_t i = 0; i < ranking.estimators.size(); ++i)
    scores[ranking.estimators[i]] = finite_or_null(ranked.scores[i]);
  object["scores"] = std::move(scores);
  if (ranking.outcome) object["outcome"] = ranked.truth ? finite_or_null(*ranked.truth) : Json(nullptr);
  object["seconds"] = finite_or_null(trace.seconds);
  object["images"] = trace.images;
  object["images_per_second"] =
      trace.seconds > 0 ? finite_or_null(static_cast<double>(trace.images) / trace.seconds) : Json(nullptr);
  object["seed"] = ranked.trial.job.seed;
  object["canonical"] = ranked.canonical;
  object["connected"] = ranked.connected;
  return object;
}

Json agreement_json(const Agreement& agreement) {
  return {{"spearman", finite_or_null(agreement.spearman)},
          {"kendall", finite_or_null(agreement.kendall)},
          {"ci95", {finite_or_null(agreement.low), finite_or_null(agreement.high)}},
          {"n", agreement.n},
          {"top_k", agreement.top},
          {"top_overlap", finite_or_null(agreement.top_overlap)},
          {"regret", finite_or_null(agreement.regret)}};
}

}  // namespace

Json facts_json(const Ranking& ranking) {
  return {{"study", ranking.study}, {"space", ranking.space}, {"data", ranking.data},
          {"split", ranking.split}, {"seed", ranking.seed},   {"recipe", ranking.recipe}};
}

void add_agreement(Json& object, const Ranking& ranking) {
  Json order = Json::array();
  for (const int index : ranking.order)
    order.push_back(ranking.trials[static_cast<std::size_t>(index)].trial.job.arch.text);
  object["ranking"] = std::move(order);
  if (ranking.outcome) {
    object["outcome"] = {{"name", ranking.outcome->name},
                         {"run", ranking.outcome->run},
                         {"lower_is_better", ranking.outcome->lower_is_better}};
  }
  Json correlation = Json::object();
  for (const Agreement& agreement : ranking.agreements) correlation[agreement.predictor] = agreement_json(agreement);
  object["correlation"] = std::move(correlation);
}

Json to_json(const Ranking& ranking, bool step_losses) {
  Json object = facts_json(ranking);
  object["epochs"] = ranking.epochs;
  object["schedule_epochs"] = ranking.schedule_epochs;
  object["estimator"] = ranking.estimators.empty() ? "" : ranking.estimators.front();
  Json trials = Json::array();
  for (const RankedTrial& ranked : ranking.trials) trials.push_back(trial_json(ranking, ranked, step_losses));
  object["trials"] = std::move(trials);
  add_agreement(object, ranking);
  object["images_per_second"] = finite_or_null(images_per_second(ranking));
  if (!ranking.manifest.is_null()) object["manifest"] = ranking.manifest;
  return object;
}

}  // namespace tse
