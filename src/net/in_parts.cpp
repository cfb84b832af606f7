#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "tse/base/error.h"
#include "tse/base/random.h"
#include "tse/net/gradient_sum.h"
#include "tse/net/network.h"

namespace tse {
namespace {

/// A store's architecture weights as leaves of autograd's graph, which several backward passes may end at; what they
/// are the result of is gone through once.
class CutOff {
 public:
  explicit CutOff(ParameterStore& store) : store_(store), whole_(store.architecture) {
    for (auto& [name, weights] : store_.architecture) {
      weights = weights.detach();
      if (whole_.at(name).requires_grad()) weights.requires_grad_();
    }
  }
  ~CutOff() { store_.architecture = whole_; }
  CutOff(const CutOff&) = delete;
  CutOff& operator=(const CutOff&) = delete;

  void take(double share) {
    const torch::NoGradGuard no_grad;
    for (auto& [name, weights] : store_.architecture) {
      if (!weights.grad().defined()) continue;
      const auto [sum, fresh] = sums_.try_emplace(name, torch::zeros_like(weights));
      sum->second.add_(weights.grad(), share);
      weights.mutable_grad().reset();
    }
  }

  void go_on() const {
    torch::autograd::variable_list whole;
    torch::autograd::variable_list gradients;
    for (const auto& [name, sum] : sums_) {
      whole.push_back(whole_.at(name));
      gradients.push_back(sum);
    }
    if (!whole.empty()) torch::autograd::backward(whole, gradients);
  }

 private:
  ParameterStore& store_;
  std::map<std::string, torch::Tensor> whole_;
  std::map<std::string, torch::Tensor> sums_;
};

class InParts final : public Network {
 public:
  InParts(std::unique_ptr<Network> whole, ParameterStore& store, int images)
      : Network({1}), whole_(std::move(whole)), store_(store), most_(images) {
    if (images < 1) throw UsageError("network in parts", "expected parts of 1 image or more; got {}", images);
  }

  torch::Tensor forward(const torch::Tensor& images, Mode mode) override {
    whole_->begin_step(drop_seed_, drop_path_scale_);
    return whole_->forward(images, mode);
  }

  double loss_and_gradients(const torch::Tensor& images, const torch::Tensor& labels) override {
    const std::int64_t all = images.size(0);
    const std::int64_t parts = (all + most_ - 1) / most_;
    GradientSum sum;
    CutOff architecture(store_);
    double loss = 0;
    output_loss_ = 0;
    for (std::int64_t part = 0; part < parts; ++part) {
      const std::int64_t first = all * part / parts;
      const std::int64_t end = all * (part + 1) / parts;
      const double share = static_cast<double>(end - first) / static_cast<double>(all);
      whole_->begin_step(derive_seed(drop_seed_, "part", static_cast<std::uint64_t>(part)), drop_path_scale_);
      loss += share * whole_->loss_and_gradients(images.slice(0, first, end), labels.slice(0, first, end));
      output_loss_ += share * whole_->output_loss();
      if (!std::isfinite(loss)) return loss;
      sum.take(store_, share);
      architecture.take(share);
    }
    sum.hand_over(store_);
    architecture.go_on();
    return loss;
  }

 private:
  std::unique_ptr<Network> whole_;
  ParameterStore& store_;
  std::int64_t most_;
};

}  // namespace

std::unique_ptr<Network> make_network_in_parts(std::unique_ptr<Network> whole, ParameterStore& store, int images) {
  return std::make_unique<InParts>(std::move(whole), store, images);
}

}  // namespace tse
