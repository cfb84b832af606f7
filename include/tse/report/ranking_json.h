#pragma once

#include "tse/base/json.h"
#include "tse/report/ranking.h"

namespace tse {

/// The JSON of `tse rank`, keys in a fixed order, numbers that are not finite as null; with `step_losses` also the loss
/// of every optimiser step.
Json to_json(const Ranking& ranking, bool step_losses);

/// What it begins with: study, space, data, split, seed, recipe.
Json facts_json(const Ranking& ranking);

/// Its `ranking`, `outcome` where there is one, and `correlation`: how well the scores agree with it, `{}` without.
void add_agreement(Json& object, const Ranking& ranking);

}  // namespace tse
