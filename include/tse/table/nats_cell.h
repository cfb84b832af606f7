#pragma once

#include <map>
#include <string>
#include <vector>

#include "tse/base/pickle.h"

namespace tse {

/// Values after each epoch; NaN where they were not recorded.
struct NatsCurves {
  std::vector<double> loss;      // mean cross-entropy
  std::vector<double> accuracy;  // top 1, percent

  bool operator==(const NatsCurves&) const = default;
};

/// One training of one cell in NATS-Bench (Dong et al. 2021, arXiv 2009.00437).
struct NatsRun {
  std::string hp;       // its epochs' number as the benchmark names the recipe: 12 and 200, or 01, 12 and 90
  std::string dataset;  // cifar10-valid, cifar10, cifar100 or ImageNet16-120
  int seed = 0;
  int epochs = 0;
  double params = 0;           // trainable parameters
  double macs = 0;             // multiply-accumulates of one image; the file calls a million of them "flop"
  double latency_seconds = 0;  // of a batch, mean of what was measured; NaN where nothing was
  double train_seconds = 0;    // of all epochs together; NaN where they were not all recorded
  NatsCurves train = {};
  std::map<std::string, NatsCurves> splits = {};  // x-valid, x-test, ori-test: those that it was evaluated on
};

/// One file of the benchmark: every training of one cell.
struct NatsCell {
  int index = 0;
  std::string arch;  // |op~0|+|op~0|op~1|+… in the topology space, C:C:C:C:C in the size space
  std::vector<NatsRun> runs;
};

/// DataErrors name the place in the unpacked stream where it is not as the benchmark's files are.
NatsCell read_nats_cell(const Pickle& pickle);

/// The architectures that the benchmark's `meta` file lists, by index.
std::vector<std::string> read_nats_meta(const Pickle& pickle);

}  // namespace tse
