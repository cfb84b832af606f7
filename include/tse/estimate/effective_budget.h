#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tse/base/option.h"
#include "tse/estimate/runs.h"

namespace tse {

/// When a training counts as over-fitted, is_overfit of Algorithm 1 of Ru et al. 2021 (arXiv 2006.04492): its training
/// loss is near zero, and no longer tells good networks from bad ones. The others are ours, and off.
struct OverfitCriterion {
  double below = 0.1;           // the mean training loss of an epoch, nats
  int valid_rises = 0;          // the validation loss has risen for so many epochs in a row; 0: not looked at
  double train_accuracy = 0.0;  // training accuracy reached, in the source's unit; 0: not looked at

  Options options();
};

/// The first epoch with a sign of over-fitting, from 1; 0 where there is none. What is not a number is no sign.
int overfit_epoch(const Record& record, const OverfitCriterion& criterion);

/// What Algorithm 1 finds.
struct EffectiveBudget {
  int trainings = 0;       // N_s: recorded to T_end, over-fitted before, or diverged
  int overfitted = 0;      // of these
  int left_out = 0;        // recorded for less, without a sign
  int end = 0;             // the epochs that the longest record has of what the criterion looks at
  int schedule_end = 0;    // T_end, the epochs of the whole schedule; beyond `end` where none was trained to it
  int first_overfit = 0;   // T_o = min over the trainings of T_o[i]; `end` where none is over-fitted
  int effective = 0;       // 0.9 T_o rounded down, at least 1 (0 where there is no training)
  std::string first = {};  // the architecture that set T_o; empty where none is over-fitted

  /// T_o falls as more trainings are looked at: what fewer of them would have given.
  struct Sample {
    int trainings = 0;
    double mean = 0;  // of T_o over the random draws
    int least = 0;
    int most = 0;
  };
  std::vector<Sample> samples = {};
  OverfitCriterion criterion = {};

  /// Whether this is all there is to know: a sign was seen, or trainings went to the end of their schedule without one.
  /// Otherwise the effective budget is at least `effective`.
  bool known() const { return overfitted > 0 || end >= schedule_end; }
};

/// Samples: for each of these numbers that is below the number of trainings, `draws` random subsets.
struct SampleSettings {
  std::vector<int> sizes = {10, 50, 100, 500};
  int draws = 200;
  std::uint64_t seed = 0;
};

/// UsageError where no training has anything that the criterion looks at.
EffectiveBudget effective_budget(const Runs& runs, const OverfitCriterion& criterion,
                                 const SampleSettings& samples = {});

}  // namespace tse
