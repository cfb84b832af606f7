#pragma once

#include <string>

#include "tse/base/json.h"
#include "tse/report/ranking.h"

namespace tse {

/// The one training of `tse train` as a few lines: losses and accuracies by epoch, the result, its time.
std::string training_text(const Ranking& ranking);

/// The facts of the study, then those of its trial as in the JSON of `tse rank`, then `final_test_accuracy`: a
/// fraction, null where it was not measured.
Json training_json(const Ranking& ranking, bool step_losses);

}  // namespace tse
