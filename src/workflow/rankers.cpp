#include "tse/workflow/rankers.h"

#include <algorithm>

#include "tse/base/error.h"
#include "tse/base/spec.h"
#include "tse/estimate/estimator.h"
#include "tse/estimate/fitted.h"
#include "tse/trial/zero_cost.h"

namespace tse {
namespace {

std::shared_ptr<const FittedEstimator> find_fitted(std::string_view text) {
  return fitted_estimators().knows(text) ? fitted_estimators().make(text) : nullptr;
}

}  // namespace

std::string ranker_name(std::string_view text, std::string_view flag) {
  if (estimators().knows(text)) return make_estimator(text)->spec();
  if (is_zero_cost(text)) return to_text(make_zero_cost(text));
  const auto fitted = find_fitted(text);
  if (!fitted) {
    std::vector<std::string> known = estimators().names();
    for (const std::string& name : zero_cost_scores().names())
      if (std::ranges::find(known, name) == known.end()) known.push_back(name);
    for (const std::string& name : fitted_estimators().names())
      if (!fitted_estimators().make(name)->learns()) known.push_back(name);
    throw UsageError(flag, "{}", unknown_name("estimator", text, known));
  }
  if (fitted->learns())
    throw UsageError(flag, "expected one that learns from no outcomes; {} is for tse evaluate", text);
  for (const std::string& column : fitted->columns()) {
    if (!is_zero_cost(column))
      throw UsageError(flag, "expected {} to need zero-cost scores only; it needs '{}'", text, column);
    (void)make_zero_cost(column);
  }
  return fitted->spec();
}

std::vector<std::string> scores_needed(const std::vector<std::string>& rankers) {
  std::vector<std::string> scores;
  const auto add = [&](const std::string& name) {
    const bool counted = name == zero_cost::Params::kName || name == zero_cost::Macs::kName;
    if (is_zero_cost(name) && !counted && std::ranges::find(scores, name) == scores.end()) scores.push_back(name);
  };
  for (const std::string& name : rankers) {
    add(name);
    if (const auto fitted = find_fitted(name))
      for (const std::string& column : fitted->columns()) add(column);
  }
  return scores;
}

}  // namespace tse
