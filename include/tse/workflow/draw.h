#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "tse/search/domain.h"
#include "tse/store/store.h"
#include "tse/study/plan.h"

namespace tse {

/// What a search chooses by what it trains: `synflow:of=10` is the best of ten by SynFlow, of those that are drawn or,
/// in evolution, of the mutations (zero-cost warm-up and move proposal, Abdelfattah et al. 2021, arXiv 2101.08134).
struct DrawRule {
  std::string score;  // a zero-cost score, as registry string, or a number of the network, the more the better
  int of = 10;
};

/// UsageError where the text names none.
DrawRule parse_draw(std::string_view text);

/// What goes on while a search scores what it may draw, which can take long.
struct DrawWatch {
  std::function<void()> attend = {};  // called often; gives up by throwing
  int scored = 0;                     // networks
};

/// The rule of a plan's search, scored by the engine where it is not a number of the network; nothing where it has
/// none. A network's score depends on the plan and its canonical form alone; the engine's are remembered in the study,
/// so that none is computed twice. Both must outlive it.
Preference preference_of(const Plan& plan, const Task& task, Store& study, DrawWatch& watch);

}  // namespace tse
