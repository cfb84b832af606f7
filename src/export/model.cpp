#include "tse/export/model.h"

#include <algorithm>

#include "tse/base/error.h"
#include "tse/base/missing.h"
#include "tse/base/random.h"
#include "tse/net/network.h"

namespace tse {
namespace {

torch::Tensor per_channel(const std::vector<double>& values) {
  return torch::tensor(values, torch::kFloat).view({1, -1, 1, 1});
}

}  // namespace

void expect_exportable(const Model& model) {
  const Shape& input = model.graph.node(0).shape;
  const Node& output = model.graph.output();
  const auto channels = static_cast<std::size_t>(input.channels);
  if (model.mean.size() != channels || model.deviation.size() != channels ||
      std::ranges::any_of(model.deviation, [](double d) { return !(d > 0); })) {
    throw UsageError("normalisation", "expected a mean and a positive deviation for each of {} channels; got {} and {}",
                     channels, model.mean.size(), model.deviation.size());
  }
  if (output.shape.height != 1 || output.shape.width != 1)
    throw UsageError(output.name, "expected logits (classes,1,1); got {}", to_text(output.shape));
  if (model.class_names.size() != static_cast<std::size_t>(output.shape.channels)) {
    throw UsageError("class_names", "expected {}, one per logit; got {}", output.shape.channels,
                     model.class_names.size());
  }
  for (const Node& node : model.graph.nodes()) {
    const auto* sum = std::get_if<op::Sum>(&node.op);
    if (sum != nullptr && sum->coefficients == op::Sum::Coefficients::architecture) {
      throw UsageError(node.name,
                       "expected a network of one architecture; the sum's coefficients '{}' belong to a search",
                       sum->architecture);
    }
  }
}

torch::Tensor logits_of(const Model& model, const torch::Tensor& images) {
  const torch::NoGradGuard no_grad;
  ParameterStore store = model.store;  // the same tensors
  return make_reference_network(model.graph, store)
      ->forward((images - per_channel(model.mean)) / per_channel(model.deviation), Mode::evaluate);
}

torch::Tensor random_pixels(const Model& model, int count, std::uint64_t seed) {
  const Shape& shape = model.graph.node(0).shape;
  torch::Tensor images = torch::empty({count, shape.channels, shape.height, shape.width});
  Stream random(derive_seed(seed, "pixels"));
  float* pixel = images.data_ptr<float>();
  for (std::int64_t i = 0; i < images.numel(); ++i) pixel[i] = static_cast<float>(random.below(256)) / 255;
  return images;
}

double relative_difference(const torch::Tensor& theirs, const torch::Tensor& ours) {
  const torch::Tensor exact = ours.to(torch::kDouble);
  const torch::Tensor difference = theirs.to(torch::kDouble) - exact;
  if (!difference.isfinite().all().item<bool>()) return kMissing;
  const auto scale = exact.abs().max().item<double>();
  const auto largest = difference.abs().max().item<double>();
  return largest == 0 ? 0 : largest / scale;
}

}  // namespace tse
