#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>

namespace tse::bench {

/// The network of a cell of NAS-Bench-201 (arXiv 2001.00326) as one writes it in PyTorch: modules, one tensor per
/// operation. What `tse` is measured against, so it stays as plain as it is.
class EagerNetworkImpl : public torch::nn::Module {
 public:
  /// `cell` is a cell's text, `|nor_conv_3x3~0|+...`, or `mixture`, all operations on every edge; `cells` of each of
  /// the three stages, of `channels`, twice and four times as many.
  EagerNetworkImpl(const std::string& cell, int channels, int cells, int classes);

  /// (N,3,H,W) images to (N,classes) logits.
  torch::Tensor forward(torch::Tensor images);

 private:
  torch::Tensor alphas_;                                                        // of a mixture
  std::shared_ptr<torch::Tensor> weights_ = std::make_shared<torch::Tensor>();  // their softmax
  torch::nn::Sequential stem_, cells_, last_;
  torch::nn::Linear classifier_;
};
TORCH_MODULE(EagerNetwork);

/// A training loop on one batch that is ready made, as plain.
class EagerTraining {
 public:
  enum class Variant {
    plain,               // as PyTorch users get it: NCHW, fp32
    channels_last,       // what a skilled user changes first
    channels_last_bf16,  // and second: automatic mixed precision
  };

  /// `network` takes (batch,3,size,size) images to logits; it is moved to the device.
  EagerTraining(torch::nn::AnyModule network, int batch, int size, int classes, Variant variant,
                const torch::Device& device);

  /// One step of SGD with Nesterov momentum and weight decay; the loss before it.
  torch::Tensor step();

 private:
  torch::nn::AnyModule network_;
  Variant variant_;
  torch::Tensor images_, labels_;
  torch::optim::SGD optimizer_;
};

}  // namespace tse::bench
