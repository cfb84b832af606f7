#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tse/base/file.h"

namespace tse::onnx {

/// An operator of the default domain and what it is applied to.
struct Operator {
  std::string name;
  std::string type;                 // "Conv"
  std::vector<std::string> inputs;  // names of values
  std::string output;
  std::map<std::string, std::vector<std::int64_t>> lists = {};  // attributes that are lists of integers
  std::map<std::string, std::int64_t> integers = {};
  std::map<std::string, float> floats = {};
};

/// A value that comes in or goes out, float; a side of 0 is open.
struct Value {
  std::string name;
  std::vector<std::int64_t> shape;
};

/// What we use of an ONNX model: one graph of one input and one output.
struct File {
  std::int64_t opset = 13;
  Value input;
  Value output;
  std::vector<Operator> operators;               // each after those that it reads
  std::map<std::string, torch::Tensor> tensors;  // of float32 or int64, by the name of their value
  std::vector<std::pair<std::string, std::string>> metadata;
};

Bytes encode(const File& file);

/// DataError where the bytes are no such model.
File decode(std::span<const std::uint8_t> bytes);

}  // namespace tse::onnx
