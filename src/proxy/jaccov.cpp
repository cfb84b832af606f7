#include "tse/proxy/jaccov.h"

#include <fmt/format.h>

#include "tse/proxy/no_score.h"

namespace tse {
namespace {

constexpr double kOffset = 1e-5;  // k

}  // namespace

torch::Tensor input_gradients(Network& network, const torch::Tensor& images) {
  const torch::Tensor input = images.detach().clone().requires_grad_();
  const torch::Tensor sum = network.forward(input, Mode::train).sum();
  torch::Tensor gradients = torch::zeros_like(input);
  if (sum.requires_grad()) {
    const torch::Tensor found = torch::autograd::grad({sum}, {input}, {}, /*retain_graph=*/false,
                                                      /*create_graph=*/false, /*allow_unused=*/true)[0];
    if (found.defined()) gradients = found;
  }
  return gradients.contiguous(torch::MemoryFormat::Contiguous).flatten(1).to(torch::kCPU, torch::kDouble);
}

torch::Tensor row_correlations(const torch::Tensor& rows) {
  const torch::Tensor centred = rows - rows.mean(1, /*keepdim=*/true);
  const torch::Tensor lengths = centred.norm(2, {1}, /*keepdim=*/true);
  if (!lengths.isfinite().all().item<bool>()) throw NoScore("the gradient of an image is not finite");
  const torch::Tensor flat = (lengths > 0).logical_not();
  if (flat.any().item<bool>()) {
    throw NoScore(
        fmt::format("the outputs do not depend on {} of the {} images", flat.sum().item<std::int64_t>(), rows.size(0)));
  }
  const torch::Tensor units = centred / lengths;
  return units.matmul(units.t()).clamp(-1, 1);
}

double jaccov(const torch::Tensor& correlations) {
  const torch::Tensor values = torch::linalg_eigvalsh(correlations.to(torch::kDouble)).clamp_min(0) + kOffset;
  return -(values.log() + values.reciprocal()).sum().item<double>();
}

}  // namespace tse
