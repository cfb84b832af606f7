#include "tse/store/static_scores.h"

namespace tse {

std::map<std::string, StaticScores> static_scores(const std::vector<Trial>& trials) {
  std::map<std::string, StaticScores> all;
  for (const Trial& trial : trials) {
    if (trial.state != TrialState::finished || trial.trace.scores.empty()) continue;
    StaticScores& mine = all[trial.job.arch.text];
    for (const StaticScore& score : trial.trace.scores) mine.try_emplace(score.name, score.value);
  }
  return all;
}

}  // namespace tse
