#include <ATen/CPUGeneratorImpl.h>

#include "tse/base/random.h"
#include "tse/relax/arch_weights.h"

namespace tse {
namespace {

struct Pathwise : torch::autograd::Function<Pathwise> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& concentration,
                               const torch::Tensor& sample) {
    context->save_for_backward({concentration, sample});
    return sample.clone();
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& outputs) {
    const torch::autograd::variable_list saved = context->get_saved_variables();
    const torch::Tensor& concentration = saved[0];
    const torch::Tensor& sample = saved[1];
    const torch::Tensor total = concentration.sum(-1, true).expand_as(concentration);
    const torch::Tensor by = at::_dirichlet_grad(sample, concentration, total);
    return {by * (outputs[0] - (sample * outputs[0]).sum(-1, true)), torch::Tensor()};
  }
};

}  // namespace

DrawDirichlet dirichlet_draws(std::uint64_t seed) {
  return [seed](const torch::Tensor& concentration, std::uint64_t number) {
    const torch::Tensor on_host = concentration.detach().to(torch::kCPU);
    const auto generator = at::make_generator<at::CPUGeneratorImpl>(derive_seed(seed, "dirichlet", number));
    return at::_sample_dirichlet(on_host, generator).to(concentration.device());
  };
}

torch::Tensor pathwise(const torch::Tensor& concentration, const torch::Tensor& sample) {
  return Pathwise::apply(concentration, sample);
}

}  // namespace tse
