#include "tse/relax/arch_weights.h"

#include <ATen/CPUGeneratorImpl.h>

#include <cmath>
#include <limits>
#include <utility>

#include "tse/base/random.h"

namespace tse {
namespace {

// Adam is written out: that of libtorch keeps its state by keys that differ between releases 1 and 2.
constexpr double kStart = 1e-3;  // deviation of the first values
constexpr double kFirst = 0.5;   // Adam's decay of the mean
constexpr double kSecond = 0.999;
constexpr double kEpsilon = 1e-8;

torch::Tensor concentration_of(const torch::Tensor& value) { return torch::elu(value) + 1; }

/// KL(Dirichlet(c) | Dirichlet(1)).
torch::Tensor divergence(const torch::Tensor& concentration) {
  const auto count = static_cast<double>(concentration.size(0));
  const torch::Tensor total = concentration.sum();
  return torch::lgamma(total) - torch::lgamma(concentration).sum() - std::lgamma(count) +
         ((concentration - 1) * (torch::digamma(concentration) - torch::digamma(total))).sum();
}

torch::Tensor kept_indices(const torch::Tensor& stays) { return stays.nonzero().flatten(); }

}  // namespace

ArchWeights::ArchWeights(const Choices& choices, const Relaxation& relaxation, std::uint64_t seed,
                         const torch::TensorOptions& options)
    : places_(choices.places()),
      relaxation_(relaxation),
      draws_(dirichlet_draws(seed)),
      updates_(torch::zeros({1}, options)) {
  const auto add = [&](const Place& place, const char* what, torch::Tensor value) {
    state_["arch." + place.name + what] = value;
    return value;
  };
  for (const Place& place : places_) {
    const auto count = static_cast<std::int64_t>(place.options.size());
    const auto generator = at::make_generator<at::CPUGeneratorImpl>(derive_seed(seed, "arch " + place.name));
    const torch::Tensor normal = torch::randn({count}, generator, torch::kDouble);
    values_.push_back(add(place, "", (kStart * normal).to(options).requires_grad_()));
    means_.push_back(add(place, ".mean", torch::zeros({count}, options)));
    squares_.push_back(add(place, ".square", torch::zeros({count}, options)));
    stays_.push_back(add(place, ".stays", torch::ones({count}, options)));
  }
  state_["arch.updates"] = updates_;
}

void ArchWeights::mix(ParameterStore& store, std::uint64_t draw, bool learns) const {
  const torch::AutoGradMode tracks(learns);
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const torch::Tensor kept = kept_indices(stays_[i]);
    torch::Tensor& share = store.architecture[places_[i].name];
    if (relaxation_.weights == "softmax") {
      share = torch::softmax(values_[i].index_select(0, kept), 0);
      continue;
    }
    const torch::Tensor concentration = concentration_of(values_[i]);
    const torch::Tensor sample = draws_(concentration.detach(), draw * places_.size() + i);
    const torch::Tensor all = pathwise(concentration, sample);
    const bool whole = kept.size(0) == all.size(0);
    share = all.index_select(0, kept);
    if (!whole) share = share / share.sum();
  }
}

ArchWeights::Numbers ArchWeights::numbers() const {
  Numbers copies;
  for (const auto& [name, tensor] : state_) copies[name] = tensor.detach().clone();
  return copies;
}

void ArchWeights::set(const Numbers& numbers) {
  const torch::NoGradGuard no_grad;
  for (auto& [name, tensor] : state_) tensor.copy_(numbers.at(name));
}

std::vector<torch::Tensor> ArchWeights::take_gradients() {
  std::vector<torch::Tensor> gradients;
  for (torch::Tensor& value : values_) {
    gradients.push_back(value.grad().defined() ? value.grad().detach().clone() : torch::zeros_like(value).detach());
    value.mutable_grad().reset();
  }
  return gradients;
}

torch::Tensor ArchWeights::regulariser(const torch::Tensor& value) const {
  if (relaxation_.regulariser == "l2") return relaxation_.scale * value.detach();
  if (relaxation_.regulariser == "none") return torch::zeros_like(value).detach();
  const torch::AutoGradMode tracks(true);
  const torch::Tensor from = value.detach().clone().requires_grad_();
  return torch::autograd::grad({relaxation_.scale * divergence(concentration_of(from))}, {from})[0];
}

void ArchWeights::step(std::vector<torch::Tensor> gradients) {
  updates_.add_(1);
  const auto count = updates_.item<double>();
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const torch::Tensor gradient = (gradients.at(i) + regulariser(values_[i])) * stays_[i];
    const torch::NoGradGuard no_grad;
    means_[i].mul_(kFirst).add_(gradient, 1 - kFirst);
    squares_[i].mul_(kSecond).addcmul_(gradient, gradient, 1 - kSecond);
    const torch::Tensor scale = (squares_[i] / (1 - std::pow(kSecond, count))).sqrt() + kEpsilon;
    values_[i].sub_(means_[i] / scale, relaxation_.lr / (1 - std::pow(kFirst, count)));
    values_[i].mul_(stays_[i]);
  }
}

void ArchWeights::keep(int options) {
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const torch::Tensor order = values_[i]
                                    .masked_fill(stays_[i] == 0, -std::numeric_limits<double>::infinity())
                                    .argsort(/*stable=*/true, /*dim=*/0, /*descending=*/true);
    const std::int64_t count = order.size(0);
    for (std::int64_t rank = options; rank < count; ++rank) stays_[i][order[rank].item<std::int64_t>()] = 0;
    values_[i].mul_(stays_[i]);
  }
}

std::vector<std::vector<int>> ArchWeights::kept() const {
  std::vector<std::vector<int>> all;
  for (const torch::Tensor& stays : stays_) {
    std::vector<int>& place = all.emplace_back();
    for (std::int64_t option = 0; option < stays.size(0); ++option)
      if (stays[option].item<double>() != 0) place.push_back(static_cast<int>(option));
  }
  return all;
}

Shares ArchWeights::shares() const {
  Shares all;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const torch::Tensor value =
        values_[i]
            .detach()
            .to(torch::kCPU, torch::kDouble)
            .masked_fill(stays_[i].to(torch::kCPU) == 0, -std::numeric_limits<double>::infinity());
    const torch::Tensor share = torch::softmax(value, 0).contiguous();
    all.emplace_back(share.data_ptr<double>(), share.data_ptr<double>() + share.numel());
  }
  return all;
}

}  // namespace tse
