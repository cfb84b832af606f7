#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tse {

/// The shortest name of what can rank trainings as they are made: an estimator, a zero-cost score, or a fitted
/// estimator that learns from no outcomes and needs no column but zero-cost scores. UsageError at `flag`, which it was
/// given to, for anything else.
std::string ranker_name(std::string_view text, std::string_view flag = "--estimator");

/// The zero-cost scores that trials compute before they train, or these have nothing to rank by. Parameters and
/// multiply-adds are not among them: they are known of every network.
std::vector<std::string> scores_needed(const std::vector<std::string>& rankers);

}  // namespace tse
