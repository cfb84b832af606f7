#pragma once

#include <torch/torch.h>

#include <filesystem>
#include <vector>

#include "tse/base/file.h"
#include "tse/export/model.h"

namespace tse {

/// A file that is not yet written.
struct ModelFile {
  std::filesystem::path path;
  Bytes bytes;
};

/// A form that a network leaves in, known by the ending of its file.
struct ModelForm {
  const char* ending;  // ".onnx"
  const char* check;   // what `run` does, in words

  /// The file, last, and what goes beside it.
  std::vector<ModelFile> (*make)(const Model& model, const std::filesystem::path& file);

  /// Logits from what was made, read back from its bytes. DataError where it cannot be read.
  torch::Tensor (*run)(const Model& model, const std::vector<ModelFile>& files, const torch::Tensor& images);
};

const std::vector<ModelForm>& model_forms();

/// The form of a file. UsageError lists the endings there are.
const ModelForm& form_of(const std::filesystem::path& file);

/// The most by which a file's logits may differ from our own network's, relative to the largest of these.
inline constexpr double kMostDifference = 1e-4;

/// The difference, as `relative_difference`. DataError at `place` where it is more than allowed.
double expect_agreement(const torch::Tensor& theirs, const torch::Tensor& ours, const std::string& place);

/// DataError where one of them is there already; UsageError where two have one name.
void expect_new(const std::vector<ModelFile>& files);

/// Writes all of them or none. DataError where one is there or cannot be written.
void write_all(const std::vector<ModelFile>& files);

}  // namespace tse
