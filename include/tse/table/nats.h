#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>

#include "tse/trial/curve_table.h"

namespace tse {

/// Which trainings of NATS-Bench a table is to hold. What the benchmark leaves open is to be said; what is left empty
/// where there is a choice is refused with the choices.
struct NatsRequest {
  std::string dataset;      // cifar10-valid, cifar10, cifar100 or ImageNet16-120
  std::string hp;           // 12 or 200; 01, 12 or 90 in the size space
  std::string run;          // a seed, or "mean" of all that a cell has
  std::string valid_split;  // of the valid_ metrics; empty: x-valid where the data set has one
  std::string test_split;   // of the test_ metrics; empty: the one that there is besides
  std::string outcome;      // a column, `:lower` behind it where lower is better; empty: test_split's final accuracy
};

struct NatsOptions {
  int threads = 1;
  std::function<void(std::size_t done, std::size_t total)> progress = {};  // told now and then
};

/// Reads a folder of the benchmark's files (`NATS-tss-…-simple` or `NATS-sss-…-simple`: 000000.pickle.pbz2 and on, with
/// meta.pickle.pbz2 where it is there), file by file. Rows are in order of the files; a cell that lacks the training is
/// left out, and the source says how many. Entries of a mean are there where every run has them.
///
/// Columns: index (of the cell), params, macs, latency_seconds, train_seconds, runs (averaged over), and the last
/// epoch's SPLIT_accuracy (percent) and SPLIT_loss for train, x-valid, x-test and ori-test, as far as recorded.
///
/// UsageError where the request is ambiguous or nothing fits it; DataError with file and offset.
CurveTable read_nats(const std::filesystem::path& folder, const NatsRequest& request, const NatsOptions& options = {});

}  // namespace tse
