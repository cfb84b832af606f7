#include "tse/export/forms.h"

#include <fmt/ranges.h>

#include <set>
#include <string>

#include "tse/base/error.h"
#include "tse/base/write.h"
#include "tse/export/onnx.h"
#include "tse/export/python_source.h"
#include "tse/export/safetensors.h"
#include "tse/export/torchscript.h"

namespace tse {
namespace {

Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

PythonSource source_of(const Model& model, const std::filesystem::path& file) {
  return to_python(model, file.stem().string());
}

std::vector<ModelFile> make_source(const Model& model, const std::filesystem::path& file) {
  const PythonSource source = source_of(model, file);
  std::filesystem::path weights = file;
  weights.replace_extension(".safetensors");
  return {{.path = weights, .bytes = to_safetensors(state_dict(model, source), model.facts)},
          {.path = file, .bytes = bytes_of(source.text)}};
}

torch::Tensor run_source(const Model& model, const std::vector<ModelFile>& files, const torch::Tensor& images) {
  const std::string place = files.front().path.string();
  return run_state_dict(model, source_of(model, files.back().path), from_safetensors(files.front().bytes, place),
                        images, place);
}

}  // namespace

const std::vector<ModelForm>& model_forms() {
  static const std::vector<ModelForm> forms = {
      {.ending = ".pt",
       .check = "loaded and run by libtorch",
       .make = [](const Model& model, const std::filesystem::path& file) -> std::vector<ModelFile> {
         return {{.path = file, .bytes = to_torchscript(model)}};
       },
       .run = [](const Model&, const std::vector<ModelFile>& files,
                 const torch::Tensor& images) { return run_torchscript(files.back().bytes, images); }},
      {.ending = ".onnx",
       .check = "read back and its operators computed one by one",
       .make = [](const Model& model, const std::filesystem::path& file) -> std::vector<ModelFile> {
         return {{.path = file, .bytes = to_onnx(model)}};
       },
       .run = [](const Model&, const std::vector<ModelFile>& files,
                 const torch::Tensor& images) { return run_onnx(files.back().bytes, images); }},
      {.ending = ".py",
       .check = "weights read back, bit by bit those of the training",
       .make = make_source,
       .run = run_source}};
  return forms;
}

const ModelForm& form_of(const std::filesystem::path& file) {
  std::vector<std::string> endings;
  for (const ModelForm& form : model_forms()) {
    if (file.extension() == form.ending) return form;
    endings.emplace_back(form.ending);
  }
  throw UsageError("--model", "expected a file that ends in {}; got '{}'", fmt::join(endings, ", "), file.string());
}

double expect_agreement(const torch::Tensor& theirs, const torch::Tensor& ours, const std::string& place) {
  if (theirs.sizes() != ours.sizes()) {
    throw DataError(place, "expected logits of shape ({}); got ({}); nothing was written", fmt::join(ours.sizes(), ","),
                    fmt::join(theirs.sizes(), ","));
  }
  const double difference = relative_difference(theirs, ours);
  if (!(difference <= kMostDifference)) {
    throw DataError(place,
                    "expected finite logits within {} of our own network's, relative to the largest; got {}; nothing "
                    "was written",
                    kMostDifference, difference);
  }
  return difference;
}

void expect_new(const std::vector<ModelFile>& files) {
  std::set<std::filesystem::path> names;
  for (const ModelFile& file : files) {
    expect_no_file(file.path);
    if (!names.insert(file.path.lexically_normal()).second)
      throw UsageError(file.path.string(), "expected files of different names; two would have this one");
  }
}

void write_all(const std::vector<ModelFile>& files) {
  expect_new(files);
  std::size_t written = 0;
  try {
    for (; written < files.size(); ++written) write_file(files[written].path, files[written].bytes);
  } catch (const DataError&) {
    std::error_code ignored;  // what cannot be written is what is wrong
    while (written-- > 0) std::filesystem::remove(files[written].path, ignored);
    throw;
  }
}

}  // namespace tse
