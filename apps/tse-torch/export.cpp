#include "export.h"

#include <fmt/format.h>

#include <iostream>

#include "data_record.h"
#include "python.h"
#include "tse/base/error.h"
#include "tse/data/data.h"
#include "tse/export/forms.h"
#include "tse/export/safetensors.h"
#include "tse/net/convolution.h"
#include "tse/space/space.h"
#include "tse/study/kept.h"
#include "tse/study/study.h"
#include "tse/version.h"

namespace tse::engine {
namespace {

constexpr int kCheckedImages = 8;

/// What the study remembers, completed from the images themselves where an older tse began it.
DataRecord data_of(Store& store, const Job& job, const std::string& study) {
  const auto known = store.recall("data");
  if (!known) throw DataError(study, "expected a study that remembers its images; it has none");
  DataRecord record = data_record_from_json(*known, study);
  if (!record.class_names.empty()) return record;
  std::cerr << fmt::format("{}: begun by an older tse, which did not note the names of classes; reading {}\n", study,
                           job.data);
  DataRecord read = record_of(make_data(job.data)->load(job.recipe.valid_fraction));
  if (!read.agrees_with(record)) {
    throw DataError(job.data, "expected the images that the study began with, SHA-256 {}; got {}", record.digest,
                    read.digest);
  }
  return read;
}

/// The graph's parameters and buffers with the values that were kept.
ParameterStore stored_weights(const Graph& graph, const Checkpoint& kept) {
  const torch::NoGradGuard no_grad;
  ParameterStore store;
  store.add(graph, 0, torch::kFloat);
  for (auto* tensors : {&store.parameters, &store.buffers}) {
    for (auto& [name, tensor] : *tensors) {
      const auto found = kept.tensors.find(name);
      if (found == kept.tensors.end() || found->second.shape != tensor.sizes().vec() ||
          found->second.type != "float32") {
        throw DataError(fmt::format("weights of trial {}", kept.job.number),
                        "expected values of float32 for '{}' of this network's shape", name);
      }
      tensor.copy_(torch::from_blob(const_cast<std::uint8_t*>(found->second.data.data()), tensor.sizes()));
    }
  }
  return store;
}

std::vector<double> scaled_to_one(std::vector<double> bytes) {
  for (double& value : bytes) value /= 255;
  return bytes;
}

std::vector<std::pair<std::string, std::string>> facts_of(const Checkpoint& kept, const Graph& graph) {
  const Job& job = kept.job;
  std::vector<std::pair<std::string, std::string>> facts = {{"made_by", fmt::format("tse {}", kVersion)},
                                                            {"space", job.space},
                                                            {"arch", job.arch.text},
                                                            {"parameters", std::to_string(parameters(graph))},
                                                            {"macs", std::to_string(macs(graph))},
                                                            {"data", without_folder(job.data)},
                                                            {"recipe", recipe_text(job.recipe)},
                                                            {"epochs", std::to_string(job.budget.epochs)},
                                                            {"seed", std::to_string(job.seed)},
                                                            {"precision", job.engine.precision},
                                                            {"input", "images (N,C,H,W), float, pixels in [0, 1]"},
                                                            {"output", "logits (N,classes)"}};
  for (const char* split : {"valid", "test"}) {
    for (const Evaluation& made : kept.trace.evaluations) {
      if (made.split == split && made.epoch == job.budget.epochs)
        facts.emplace_back(fmt::format("{}_accuracy", split), fmt::format("{}", made.accuracy));
    }
  }
  return facts;
}

Model model_of(const Checkpoint& kept, const DataRecord& data) {
  Model model{.graph = make_space(kept.job.space)->lower(kept.job.arch, data.task),
              .store = {},
              .mean = scaled_to_one(data.mean),
              .deviation = scaled_to_one(data.deviation),
              .class_names = data.class_names};
  model.store = stored_weights(model.graph, kept);
  model.facts = facts_of(kept, model.graph);
  return model;
}

}  // namespace

Json export_trial(const Json& request) {
  leave_out_unsound_convolutions();  // the file's check convolves by libtorch's own means
  const std::string place = "tse-torch export";
  const auto study = member<std::string>(request, "study", place);
  const auto number = member<int>(request, "trial", place);
  const auto sample = member<std::string>(request, "sample", place);
  const std::filesystem::path file = member<std::string>(request, "model", place);
  const ModelForm& form = form_of(file);
  Plan plan;
  const auto store = open_study(study, Access::read, plan);
  const Checkpoint kept = kept_weights(*store, study, number);
  torch::set_num_threads(1);
  const Model model = model_of(kept, data_of(*store, kept.job, study));

  const std::vector<ModelFile> files = form.make(model, file);
  const torch::Tensor images = random_pixels(model, kCheckedImages, kept.job.seed);
  const torch::Tensor ours = logits_of(model, images);
  std::vector<ModelFile> all = files;
  if (!sample.empty()) {
    all.insert(all.begin(),
               {.path = sample, .bytes = to_safetensors({{"images", images}, {"logits", ours}}, model.facts)});
  }
  expect_new(all);
  Json difference = expect_agreement(form.run(model, files, images), ours, file.string());
  std::string check = form.check;
  if (file.extension() == ".py") {
    const PythonRun run = run_python(files, images);
    difference = run.logits.defined() ? Json(expect_agreement(run.logits, ours, file.string())) : Json();
    check += run.logits.defined() ? "; run by " + run.by : "; not run, since " + run.by;
  }
  write_all(all);

  Json written = Json::array();
  for (const ModelFile& one : all) written.push_back(one.path.string());
  return {{"file", file.string()},
          {"files", std::move(written)},
          {"trial", number},
          {"arch", kept.job.arch.text},
          {"parameters", parameters(model.graph)},
          {"checked", std::move(check)},
          {"images", kCheckedImages},
          {"difference", difference}};
}

}  // namespace tse::engine
