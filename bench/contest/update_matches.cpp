#include <fmt/format.h>

#include <memory>

#include "match_list.h"
#include "tse/base/random.h"
#include "tse/cpu/sgd.h"
#include "tse/data/augment.h"
#include "tse/data/data.h"
#include "tse/net/parameter_store.h"
#include "tse/report/units.h"
#include "tse/space/space.h"
#include "tse/trial/recipe.h"

namespace tse::bench {
namespace {

using torch::Tensor;

constexpr double kLearningRate = 1e-4;  // so small that thousands of steps along one gradient lead nowhere

/// The weights of a network of 3x3 convolutions, 16 channels and 5 cells, in the order of their names.
std::vector<Tensor> network_parameters() {
  const auto space = make_space("nb201");
  const Arch arch =
      space->parse("|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|");
  ParameterStore store;
  store.add(space->lower(arch, Task{}), 0, torch::TensorOptions().dtype(torch::kFloat));
  std::vector<Tensor> all;
  for (const Tensor& parameter : store.trainable()) all.push_back(parameter.detach().contiguous());
  return all;
}

std::vector<Tensor> gradients_of(const std::vector<Tensor>& parameters) {
  std::vector<Tensor> all;
  for (const Tensor& parameter : parameters) all.push_back(sample(parameter.sizes(), all.size()));
  return all;
}

/// All of them in one row.
std::vector<Tensor> joined(const std::vector<Tensor>& list) {
  std::vector<Tensor> flat;
  for (const Tensor& values : list) flat.push_back(values.flatten());
  return {as_double(torch::cat(flat))};
}

class PlainSgd : public Side {
 public:
  explicit PlainSgd(const PlainForm& form) {
    const Recipe recipe;
    const std::vector<Tensor> initial = network_parameters();
    const std::vector<Tensor> gradients = gradients_of(initial);
    for (std::size_t i = 0; i < initial.size(); ++i) {
      Tensor& parameter = parameters_.emplace_back(in_form(initial[i], form).requires_grad_());
      parameter.mutable_grad() = in_form(gradients[i], form);
    }
    optimizer_ = std::make_unique<torch::optim::SGD>(parameters_, torch::optim::SGDOptions(kLearningRate)
                                                                      .momentum(recipe.momentum)
                                                                      .nesterov(recipe.nesterov)
                                                                      .weight_decay(recipe.weight_decay));
  }

  void run() override { optimizer_->step(); }
  std::vector<Tensor> results() const override { return joined(parameters_); }

 private:
  std::vector<Tensor> parameters_;
  std::unique_ptr<torch::optim::SGD> optimizer_;
};

class FusedSgd : public Side {
 public:
  FusedSgd() : parameters_(network_parameters()), gradients_(gradients_of(parameters_)) {
    for (const Tensor& parameter : parameters_) momenta_.push_back(torch::zeros_like(parameter));
  }

  void run() override {
    const Recipe recipe;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      cpu::sgd_step({.learning_rate = static_cast<float>(kLearningRate),
                     .momentum = static_cast<float>(recipe.momentum),
                     .weight_decay = static_cast<float>(recipe.weight_decay),
                     .nesterov = recipe.nesterov},
                    gradients_[i].data_ptr<float>(), static_cast<std::size_t>(parameters_[i].numel()),
                    momenta_[i].data_ptr<float>(), parameters_[i].data_ptr<float>());
    }
  }

  std::vector<Tensor> results() const override { return joined(parameters_); }

 private:
  std::vector<Tensor> parameters_, gradients_, momenta_;
};

/// A batch of images of bytes, flipped, cropped and normalised, each call with draws of its own.
class Augmentation : public Side {
 public:
  explicit Augmentation(int batch)
      : data_(make_data("synthetic:size=32,train_images=1024")->load(0)),
        table_(make_pixel_table(data_.normalisation)),
        batch_(batch),
        out_(data_.train.image_bytes() * static_cast<std::size_t>(batch)) {}

  void run() override {
    const Recipe recipe;
    const Augment augment{.flip = recipe.flip, .crop = recipe.crop, .cutout = recipe.cutout};
    const ImageSet& images = data_.train;
    for (int i = 0; i < batch_; ++i) {
      Stream stream(derive_seed(0, "image", number_++));
      write_augmented(images, i % images.count, draw(augment, images.height, images.width, stream), table_,
                      out_.data() + static_cast<std::size_t>(i) * images.image_bytes());
    }
  }

  std::vector<Tensor> results() const override { return {}; }

 private:
  DataSet data_;
  PixelTable table_;
  int batch_;
  std::vector<float> out_;
  std::uint64_t number_ = 0;
};

}  // namespace

void add_update_matches(int batch, std::vector<Match>& list) {
  std::int64_t count = 0;
  for (const Tensor& parameter : network_parameters()) count += parameter.numel();
  list.push_back({.op = "step of SGD",
                  .on = count_text(count) + " weights",
                  .unit = "GB/s",
                  // reads gradient, momentum and value, writes the last two
                  .work = [count](cpu::Storage storage) { return gbytes(5.0 * static_cast<double>(count), storage); },
                  .in_bf16 = false,
                  .fused = [](cpu::Storage) { return std::make_unique<FusedSgd>(); },
                  .plain = [](const PlainForm& form) { return std::make_unique<PlainSgd>(form); },
                  .in_layouts = false});
  list.push_back({.op = "augmentation",
                  .on = fmt::format("{} images", batch),
                  .unit = "images/s",
                  .work = [batch](cpu::Storage) { return batch; },
                  .in_bf16 = false,
                  .fused = [batch](cpu::Storage) { return std::make_unique<Augmentation>(batch); },
                  .plain = nullptr});
}

}  // namespace tse::bench
