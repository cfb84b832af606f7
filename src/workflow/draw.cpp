#include "tse/workflow/draw.h"

#include <algorithm>
#include <map>
#include <memory>

#include "tse/base/error.h"
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
  EngineScore(const Plan& plan, const std::string& score)
      : plan_(plan), score_(score), space_(make_space(plan.space)) {}

  double operator()(const Arch& arch) {
    const std::string form = space_->canonical(arch);
    const auto known = known_.find(form);
    if (known != known_.end()) return known->second;
    if (!process_) process_ = std::make_unique<ScorerProcess>(find_program("tse-torch"));
    Job job = make_job(plan_, arch, 0);
    job.seed = derive_seed(plan_.seed, "draw " + form);
    job.scoring = {.scores = {score_}, .images_seed = derive_seed(plan_.seed, "images")};
    return known_[form] = process_->score(job);
  }

 private:
  Plan plan_;
  std::string score_;
  std::shared_ptr<const Space> space_;
  std::map<std::string, double> known_;  // by canonical form
  std::unique_ptr<ScorerProcess> process_;
};

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

Preference preference_of(const Plan& plan, const Task& task) {
  if (plan.search->draw.empty()) return {};
  const DrawRule rule = parse_draw(plan.search->draw);
  if (!is_graph_number(rule.score)) {
    const auto engine = std::make_shared<EngineScore>(plan, rule.score);
    return {.of = rule.of, .score = [engine](const Arch& arch) { return (*engine)(arch); }};
  }
  const std::shared_ptr<const Space> space = make_space(plan.space);
  return {.of = rule.of,
          .score = [=](const Arch& arch) { return graph_number(rule.score, space->lower(arch, task), "--draw"); }};
}

}  // namespace tse
