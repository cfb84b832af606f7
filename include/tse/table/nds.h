#pragma once

#include <filesystem>
#include <string_view>

#include "tse/trial/curve_table.h"

namespace tse {

/// Reads the trainings that the authors of NDS published (Radosavovic et al. 2019, arXiv 1905.13214): a JSON list in
/// one file for each of their spaces, `Vanilla.json`, `ResNet.json`, `ResNeXt-A.json`, `ResNeXt-B.json` and their
/// variants on CIFAR-10; packed files too. Architectures are written as the spaces vanilla, resnet, resnext-a and
/// resnext-b write theirs (tse/space/nds.h); the source says which space knows most of them, and how many it does not
/// know. Of trainings of one architecture the first is kept, and the source counts the others.
///
/// Metrics: train_loss, train_error and test_error, percent. No images were held out for validation. A loss that is
/// NaN in the file is infinite here: the training diverged.
///
/// Columns, as far as recorded: params, macs (what the files call "flops"), test_error of the last epoch,
/// min_test_error of the best one, lr, weight_decay, seed, stem (its channels).
///
/// `outcome` is a column, `:lower` behind it where lower is better; empty: test_error. UsageError where there is no
/// such column; DataError with file, training and field.
CurveTable read_nds(const std::filesystem::path& file, std::string_view outcome = {});

/// The same of the file's text; `place` names it in errors. Memory stays within a few times that of the text.
CurveTable parse_nds(std::string_view text, std::string_view place, std::string_view outcome = {});

}  // namespace tse
