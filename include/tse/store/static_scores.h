#pragma once

#include <map>
#include <string>
#include <vector>

#include "tse/store/store.h"

namespace tse {

/// Zero-cost scores by name, "snip:parameters=all".
using StaticScores = std::map<std::string, double>;

/// What a study knows of its architectures without training: by the architecture's text, the scores of its finished
/// trials, higher is better; one that could not be had is kFailedScore. Of an architecture that is there twice, the
/// first trial's. The trials must have their traces.
std::map<std::string, StaticScores> static_scores(const std::vector<Trial>& trials);

}  // namespace tse
