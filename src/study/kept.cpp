#include "tse/study/kept.h"

#include <fmt/format.h>

#include "tse/base/error.h"
#include "tse/base/file.h"
#include "tse/base/path.h"
#include "tse/study/study.h"

namespace tse {
namespace {

constexpr std::size_t kLargestWeights = std::size_t{1} << 33;  // bytes

}  // namespace

bool has_weights(const std::filesystem::path& study, int trial) { return path_exists(checkpoint_file(study, trial)); }

Checkpoint kept_weights(Store& store, const std::filesystem::path& study, int number) {
  const Trial trial = store.trial(number);
  const std::string place = fmt::format("{}, trial {}", study.string(), number);
  if (!trial.job.trains()) throw UsageError(place, "expected a training; it only scored its network");
  if (trial.state != TrialState::finished)
    throw DataError(place, "expected a finished training; go on with: tse resume {}", study.string());
  if (trial.trace.status != TraceStatus::ok) {
    throw DataError(place, "expected a training that came to its end; it {}: {}", to_text(trial.trace.status),
                    trial.trace.reason);
  }
  const std::filesystem::path file = checkpoint_file(study, number);
  if (!has_weights(study, number)) {
    throw DataError(place,
                    "expected a training that kept its weights, in {}; there is no such file. tse train keeps them, "
                    "tse rank does with --keep-weights",
                    file.string());
  }
  Checkpoint kept = decode_checkpoint(read_file(file, kLargestWeights), file.string());
  if (kept.job != trial.job || kept.trace.status != TraceStatus::ok)
    throw DataError(file.string(), "expected the weights of this training's last step; got others");
  return kept;
}

}  // namespace tse
