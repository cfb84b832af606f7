#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tse/base/json.h"
#include "tse/space/arch.h"
#include "tse/trial/recipe.h"

namespace tse {

/// How long to train and what to measure on the way.
struct Budget {
  int epochs = 1;               // T: how long to train, in epochs of the training split
  int valid_every = 0;          // evaluate the validation split every so many epochs; 0 is never
  int test_every = 0;           // the same for the test set
  bool test_at_end = false;     // evaluate the test set after the last epoch
  bool keep_weights = false;    // the checkpoint of the last step stays
  int checkpoint_seconds = 60;  // at most so much training is lost to a kill; 0 is every step

  Options options();
  bool operator==(const Budget&) const = default;
};

/// Images per step of an evaluation, which keeps no gradients.
inline constexpr int kEvaluationBatch = 500;

/// How the machine is used for one training.
struct Engine {
  std::string precision = "fp32";  // of activations and convolutions; weights and statistics are fp32 always
  std::string path = "auto";       // which implementation trains: the fast one where there is one
  std::string device = "cpu";      // or "cuda", the first GPU, "cuda:1", or, until a plan is made of it, "auto"
  int threads = 1;                 // of one worker; part of the job because sums depend on it

  Options options();
  bool operator==(const Engine&) const = default;
};

/// What a trial does in place of training, or before it: zero-cost scores of its fresh network (tse/trial/zero_cost.h).
struct Scoring {
  std::vector<std::string> scores = {};  // as registry strings
  std::uint64_t images_seed = 0;         // of the mini-batch that all networks of the study share
  bool then_trains = false;              // as without scores: not a bit of the training depends on them

  bool operator==(const Scoring&) const = default;
};

/// When a training is to end before its budget, being none of the best by then. Decided from earlier trials when this
/// one was proposed, so that it does not depend on what runs beside it.
struct EarlyStop {
  /// Of successive halving (Li et al. 2020, arXiv 1810.05934): it ends after `epochs` with a score below `least`.
  struct Rung {
    int epochs = 0;
    double least = 0;

    bool operator==(const Rung&) const = default;
  };

  std::string estimator = {};       // whose score is looked at
  std::vector<Rung> rungs = {};     // by epochs, ascending
  std::optional<double> race = {};  // it ends once its score at the end of the budget cannot be this good any more

  bool operator==(const EarlyStop&) const = default;
};

/// One-shot search: the trial trains a super-network, or it is a candidate, which inherits the weights of one and is
/// trained on for some mini-batches.
struct OneShot {
  std::string sampler = {};          // of the super-network's paths, as registry string; empty: a candidate
  bool decay_unused = true;          // momentum and weight decay go on for parameters that no path of a step has
  std::optional<int> supernet = {};  // of a candidate, the trial that trained its super-network
  std::string file = {};             // or the file that holds it
  int batches = 100;                 // of a candidate, mini-batches that count as an epoch of its budget and trace

  bool is_supernet() const { return !sampler.empty(); }
  bool operator==(const OneShot&) const = default;
};

/// Differentiable search: the trial trains the mixture of all architectures of its space, and with it what it learns of
/// these.
struct Relaxed {
  std::string method = {};  // as relaxation text: "darts-tse" (tse/trial/relaxation.h)

  bool operator==(const Relaxed&) const = default;
};

/// After how many steps each a race looks: a tenth of an epoch.
int steps_between_looks(int steps_per_epoch);

/// One training to do, or one network to score: everything its result depends on.
struct Job {
  int number = 0;          // of the trial in its study, from 0
  std::string space = {};  // "nb201:channels=16,cells=5"
  Arch arch = {};          // in the space's own text
  std::string data = {};   // "cifar10:dir=DIR,train=10000"
  std::uint64_t seed = 0;  // of this trial; all its random streams derive from it
  Recipe recipe = {};
  Budget budget = {};
  Engine engine = {};
  std::optional<Scoring> scoring = {};  // nothing: the trial trains alone
  std::optional<int> same_as = {};      // the earlier trial of the study whose result it shares instead of training
  std::optional<EarlyStop> early_stop = {};  // nothing: it trains to the end of its budget
  std::optional<OneShot> one_shot = {};      // nothing: a network of its own is trained
  std::optional<Relaxed> relaxed = {};       // nothing: the same

  bool trains() const { return !scoring || scoring->then_trains; }

  bool operator==(const Job&) const = default;
};

Json to_json(const Job& job);
Job job_from_json(const Json& object, std::string_view place);

}  // namespace tse
