#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tse/base/json.h"
#include "tse/trial/static_score.h"

namespace tse {

/// How a training ended. A training that diverged is a result, not an exception.
enum class TraceStatus {
  running,   // not at its end yet
  ok,        // trained to the end of its budget
  diverged,  // a loss was not finite; the losses up to and with that one are kept
  failed,    // could not be trained; `reason` says why
  stopped,   // ended early by a rule that the job was given; `reason` says which
};

std::string_view to_text(TraceStatus status);
TraceStatus parse_status(std::string_view text, std::string_view place);

/// One evaluation in evaluation mode on images that were not trained on.
struct Evaluation {
  std::string split;    // "valid" or "test"
  int epoch = 0;        // completed epochs when it was made
  double loss = 0;      // mean cross-entropy, nats
  double accuracy = 0;  // fraction of images, in [0, 1]

  bool operator==(const Evaluation&) const = default;
};

/// What a differentiable search would choose after an epoch.
struct Found {
  int epoch = 0;                                 // completed epochs
  std::string arch;                              // the option of the greatest weight at each place
  std::vector<std::vector<double>> shares = {};  // softmax of the options' weights, by place; 0 of those dropped

  bool operator==(const Found&) const = default;
};

/// The record of one training run: all that estimators and reports know of it. A trial that only scores its network
/// leaves `scores` alone, and no losses.
struct Trace {
  TraceStatus status = TraceStatus::running;
  std::string reason = {};                   // of a failure or divergence, in words
  int train_images = 0;                      // images of one epoch
  int batch = 0;                             // images per step; the last step of an epoch has the rest
  std::vector<double> step_loss = {};        // one per optimiser step, mean over its mini-batch before the update, nats
  std::vector<double> output_loss = {};      // the same of the network's output alone, where auxiliary logits add to it
  std::vector<Evaluation> evaluations = {};  // in the order they were made
  double seconds = 0;                        // of training and evaluation, all attempts together
  std::int64_t images = 0;                   // trained on, with repetition
  std::vector<StaticScore> scores = {};      // zero-cost scores, in the order asked for
  std::vector<Found> found = {};             // of a differentiable search, one for each epoch

  bool operator==(const Trace&) const = default;
};

/// DataError where there are losses of the output alone, but not one for each step.
void check_output_loss(const Trace& trace, std::string_view place);

/// DataError where what a differentiable search found is not of epochs that rise, from 1, or has shares that are none.
void check_found(const std::vector<Found>& found, std::string_view place);

/// Steps of one epoch, the smaller last batch included; 0 where there is no batch.
int steps_per_epoch(int train_images, int batch);
int steps_per_epoch(const Trace& trace);

/// Images in the mini-batch of a step, counted from 0 over the whole run.
int batch_images(int train_images, int batch, std::size_t step);
int batch_images(const Trace& trace, std::size_t step);

/// Completed epochs.
int epochs(const Trace& trace);

/// Mean training loss of each completed epoch, every image weighing the same (as in NAS-Bench-201's records): the
/// smaller last batch counts by its size.
std::vector<double> epoch_losses(const Trace& trace);

/// The values of one metric, "loss" or "accuracy", of a split by epoch: entry t-1 is epoch t, NaN where not measured.
std::vector<double> evaluation_curve(const Trace& trace, std::string_view split, std::string_view metric);

/// A training's own outcome: the test accuracy after its last epoch, the `epochs`-th. One that diverged before it had
/// any counts as guessing among the classes: left out, it would flatter every estimator. Nothing where it was not
/// measured.
std::optional<double> own_outcome(const Trace& trace, int epochs, int classes);

/// The own outcomes of trainings of one study.
struct OwnOutcomes {
  std::vector<std::optional<double>> values;
  std::string source;  // whose they are, in words
};

/// One for each trace, nothing for a null one; nothing at all where none has more than a guess, which no measured
/// accuracy stands beside.
std::optional<OwnOutcomes> own_outcomes(const std::vector<const Trace*>& traces, int epochs, int classes);

Json to_json(const Trace& trace);
Trace trace_from_json(const Json& object, std::string_view place);

}  // namespace tse
