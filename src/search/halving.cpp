#include "tse/search/halving.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

namespace tse {

std::vector<int> rungs_of(int first, int eta, int epochs) {
  std::vector<int> rungs;
  for (long long rung = first; rung < epochs; rung *= eta) rungs.push_back(static_cast<int>(rung));
  return rungs;
}

std::optional<double> kth_best(std::vector<double> scores, int k) {
  std::erase_if(scores, [](double score) { return std::isnan(score); });
  if (k < 1 || std::cmp_less(scores.size(), k)) return std::nullopt;
  std::ranges::sort(scores, std::ranges::greater{});
  return scores[static_cast<std::size_t>(k) - 1];
}

std::optional<double> halving_score(std::vector<double> scores, int eta) {
  const int k = (static_cast<int>(scores.size()) + 1) / eta;
  return kth_best(std::move(scores), k);
}

std::vector<EarlyStop::Rung> Halving::needed(std::size_t known) const {
  std::vector<EarlyStop::Rung> list;
  for (std::size_t rung = 0; rung < rungs_.size(); ++rung) {
    std::vector<double> scores;
    for (std::size_t i = 0; i < std::min(known, scores_.size()); ++i) {
      if (rung < scores_[i].size()) scores.push_back(scores_[i][rung]);
    }
    // one that diverged is among the best of so few: anything goes on
    const auto least = halving_score(std::move(scores), eta_);
    if (least && std::isfinite(*least)) list.push_back({.epochs = rungs_[rung], .least = *least});
  }
  return list;
}

}  // namespace tse
