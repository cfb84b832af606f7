#pragma once

#include "tse/base/json.h"
#include "tse/report/ranking.h"

namespace tse {

/// The JSON of `tse rank`, keys in a fixed order, numbers that are not finite as null; with `step_losses` also the loss
/// of every optimiser step.
Json to_json(const Ranking& ranking, bool step_losses);

/// The part of it that says how well the scores agree with the outcome; `{}` without an outcome.
Json correlation_json(const Ranking& ranking);

}  // namespace tse
