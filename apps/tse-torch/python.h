#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "tse/export/forms.h"

namespace tse::engine {

struct PythonRun {
  torch::Tensor logits;  // undefined where there is no Python with PyTorch
  std::string by;        // "Python with PyTorch 2.6.0", or why it was not run
};

/// Loads exported source and weights with the `python3` of the search path and runs them on the images. DataError, with
/// Python's last words, where that fails though PyTorch is there.
PythonRun run_python(const std::vector<ModelFile>& files, const torch::Tensor& images);

}  // namespace tse::engine
