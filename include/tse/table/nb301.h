#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tse/trial/curve_table.h"

namespace tse {

/// One training of the logs of NAS-Bench-301 (Siems et al. 2020, arXiv 2008.09777; figshare 13286105): an architecture
/// of DARTS on CIFAR-10, 40,000 images for training and 10,000 for validation.
struct Nb301Run {
  std::string arch;  // as the space `darts` writes it: "normal sep_conv_3x3:0 skip_connect:1 ... reduce ..."
  int cells = 0;
  int channels = 0;  // C
  int budget = 0;    // epochs of its schedule

  // after each epoch
  std::vector<double> train_loss;      // as minimised: with mixup and the auxiliary head's part
  std::vector<double> train_accuracy;  // percent
  std::vector<double> valid_accuracy;

  double final_valid_accuracy = 0;
  double test_accuracy = 0;
  double params = 0;
  double train_seconds = 0;
};

/// A file `results_N.json`. DataErrors at `place` name the member that is not as the benchmark's files have it.
Nb301Run parse_nb301(std::string_view text, std::string_view place);

/// Told now and then.
using Nb301Progress = std::function<void(std::size_t done, std::size_t total)>;

/// Reads all files `results_*.json` in a folder and the folders below it, in order of their paths; symbolic links are
/// left alone. An architecture that comes again is left out, and the source says how often that was. Columns: params,
/// train_seconds, valid_accuracy, test_accuracy. `outcome` names a column, `:lower` behind it where lower is better;
/// empty: test_accuracy.
///
/// UsageError where there is no such column; DataError where a file is not as the benchmark's are, or is of another
/// size of network or another budget than the first: curves of two set-ups are not to be compared.
CurveTable read_nb301(const std::filesystem::path& folder, const std::string& outcome,
                      const Nb301Progress& progress = {});

}  // namespace tse
