#pragma once

#include <map>
#include <string>

#include "tse/export/model.h"

namespace tse {

/// The model as PyTorch source, for people to read, change and train on: a class for each part that its nodes' names
/// tell apart, parts that are alike as one class; CLASS_NAMES; load(), which reads the weights from the file of the
/// same name that ends in .safetensors. It needs PyTorch 1.13 or newer and nothing else.
struct PythonSource {
  std::string text;
  std::map<std::string, std::string> keys;  // in the state_dict, by our name of the parameter or buffer
};

/// `module` is the file's name without its ending.
PythonSource to_python(const Model& model, const std::string& module);

/// Parameters and buffers by their keys.
std::map<std::string, torch::Tensor> state_dict(const Model& model, const PythonSource& source);

/// Logits of our own network with weights that were read back: float32 tensors by key. DataError at `place` where they
/// are others than the source's, or their bits are not the model's.
torch::Tensor run_state_dict(const Model& model, const PythonSource& source,
                             const std::map<std::string, torch::Tensor>& weights, const torch::Tensor& images,
                             const std::string& place);

}  // namespace tse
