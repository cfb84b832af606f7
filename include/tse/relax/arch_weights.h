#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tse/net/parameter_store.h"
#include "tse/space/space.h"
#include "tse/trial/relaxation.h"

namespace tse {

/// A sample of Dirichlet(concentration), (n) of the same type: the draw of this number.
using DrawDirichlet = std::function<torch::Tensor(const torch::Tensor& concentration, std::uint64_t number)>;

/// libtorch's sampler, of a generator that each draw seeds anew.
DrawDirichlet dirichlet_draws(std::uint64_t seed);

/// A sample as a function of its concentration, (n) each, with pathwise gradients: through the derivatives of the
/// marginals' distribution functions, which libtorch has (Figurnov et al. 2018, arXiv 1805.08498).
torch::Tensor pathwise(const torch::Tensor& concentration, const torch::Tensor& sample);

/// What a differentiable search learns of the architecture: a number for each option of each place, and Adam's two for
/// each of these. Options that were dropped have none of the mixture any more, and stay at 0.
class ArchWeights {
 public:
  /// From 1e-3 N(0,1).
  ArchWeights(const Choices& choices, const Relaxation& relaxation, std::uint64_t seed,
              const torch::TensorOptions& options);

  /// Gives the store the mixture's coefficients, (options that stay) of each place, as functions of these numbers where
  /// `learns`. `draw` is the number of the sample where they are drawn.
  void mix(ParameterStore& store, std::uint64_t draw, bool learns) const;

  /// Their gradients, which are taken away from them: (options) by place; zeros where there is none.
  std::vector<torch::Tensor> take_gradients();

  /// One step of Adam against these gradients, to which the regulariser's are added. Gradients of dropped options do
  /// not count.
  void step(std::vector<torch::Tensor> gradients);

  /// Drops all but this many options at each place, those of the smallest numbers first, the last of equal ones.
  void keep(int options);

  /// The options that stay at each place, ascending.
  std::vector<std::vector<int>> kept() const;

  /// softmax over the options that stay, 0 elsewhere, by place.
  Shares shares() const;

  /// By place, (options); leaves of autograd's graph.
  std::vector<torch::Tensor>& values() { return values_; }

  /// All that it has learned, to come back to.
  using Numbers = std::map<std::string, torch::Tensor>;
  Numbers numbers() const;
  void set(const Numbers& numbers);

  /// All that a search which goes on needs of this, by name.
  std::map<std::string, torch::Tensor>& state() { return state_; }

  void set_draws(DrawDirichlet draws) { draws_ = std::move(draws); }

 private:
  torch::Tensor regulariser(const torch::Tensor& value) const;

  std::vector<Place> places_;
  Relaxation relaxation_;
  DrawDirichlet draws_;
  std::vector<torch::Tensor> values_;
  std::map<std::string, torch::Tensor> state_;  // share their memory with values_ and what follows
  std::vector<torch::Tensor> means_;            // Adam's
  std::vector<torch::Tensor> squares_;
  std::vector<torch::Tensor> stays_;  // 1, or 0 of a dropped option
  torch::Tensor updates_;             // (1), how many steps Adam has made
};

}  // namespace tse
