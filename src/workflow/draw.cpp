#include "tse/workflow/draw.h"

#include <algorithm>
#include <memory>

#include "tse/base/error.h"
#include "tse/base/missing.h"
#include "tse/base/option.h"
#include "tse/base/spec.h"
#include "tse/exec/programs.h"
#include "tse/exec/scorer_process.h"
#include "tse/space/graph.h"
#include "tse/space/numbers.h"
#include "tse/trial/zero_cost.h"

namespace tse {
namespace {

/// The engine is started with the first question.
class EngineScore {
 public:
  EngineScore(const Plan& plan, const std::string& score, Store& study, DrawWatch& watch)
      : plan_(plan), score_(score), space_(make_space(plan.space)), study_(study), watch_(watch) {}

  double operator()(const Arch& arch) {
    const std::string form = space_->canonical(arch);
    const std::string fact = "draw " + form;
    if (const auto known = study_.recall(fact)) return known->is_null() ? kMissing : known->get<double>();
    if (!process_) process_ = std::make_unique<ScorerProcess>(find_program("tse-torch"));
    Job job = make_job(plan_, arch, 0);
    job.seed = derive_seed(plan_.seed, fact);
    job.scoring = {.scores = {score_}, .images_seed = derive_seed(plan_.seed, "images")};
    const double score = process_->score(job, watch_.attend);
    study_.remember(fact, std::isfinite(score) ? Json(score) : Json());
    return score;
  }

 private:
  Plan plan_;
  std::string score_;
  std::shared_ptr<const Space> space_;
  Store& study_;
  DrawWatch& watch_;
  std::unique_ptr<ScorerProcess> process_;
};

std::function<double(const Arch&)> watched(std::function<double(const Arch&)> score, DrawWatch& watch) {
  return [score = std::move(score), &watch](const Arch& arch) {
    if (watch.attend) watch.attend();
    const double value = score(arch);
    ++watch.scored;
    return value;
  };
}

}  // namespace

DrawRule parse_draw(std::string_view text) {
  Spec spec = parse_spec(text, "--draw");
  DrawRule rule;
  const auto of = std::ranges::find_if(spec.options, [](const auto& option) { return option.first == "of"; });
  if (of != spec.options.end()) {
    assign({{"of", &rule.of, "", between(1, 10000)}}, "of", of->second, "--draw");
    spec.options.erase(of);
  }
  const std::string score = to_text(spec);
  rule.score = is_graph_number(score) ? score : to_text(make_zero_cost(score));
  return rule;
}

Preference preference_of(const Plan& plan, const Task& task, Store& study, DrawWatch& watch) {
  if (plan.search->draw.empty()) return {};
  const DrawRule rule = parse_draw(plan.search->draw);
  if (!is_graph_number(rule.score)) {
    const auto engine = std::make_shared<EngineScore>(plan, rule.score, study, watch);
    return {.of = rule.of, .score = watched([engine](const Arch& arch) { return (*engine)(arch); }, watch)};
  }
  const std::shared_ptr<const Space> space = make_space(plan.space);
  const auto number = [=](const Arch& arch) { return graph_number(rule.score, space->lower(arch, task), "--draw"); };
  return {.of = rule.of, .score = watched(number, watch)};
}

}  // namespace tse
