#include "tse/train/batches.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <numeric>

#include "tse/base/random.h"

namespace tse {
namespace {

Batch make_batch(const ImageSet& images, std::span<const DrawnImage> drawn, const PixelTable& table) {
  const auto count = static_cast<std::int64_t>(drawn.size());
  Batch batch{
      .images = torch::empty({count, images.channels, images.height, images.width},
                             torch::TensorOptions(torch::kFloat).memory_format(torch::MemoryFormat::ChannelsLast)),
      .labels = torch::empty({count}, torch::kLong)};
  float* out = batch.images.data_ptr<float>();
  auto* label = batch.labels.data_ptr<std::int64_t>();
  for (const auto& [index, draw] : drawn) {
    write_augmented(images, index, draw, table, out);
    out += images.image_bytes();
    *label++ = images.labels[static_cast<std::size_t>(index)];
  }
  return batch;
}

Augment augment_of(const Recipe& recipe) {
  return {.resized_crop = recipe.resized_crop, .flip = recipe.flip, .crop = recipe.crop, .cutout = recipe.cutout};
}

/// (N,classes): each label's share but for what all classes get.
torch::Tensor smoothed(const torch::Tensor& labels, std::int64_t classes, double smoothing) {
  const torch::Tensor sure = torch::one_hot(labels, classes).to(torch::kFloat);
  return sure * (1 - smoothing) + smoothing / static_cast<double>(classes);
}

/// Each image becomes one share of itself and the rest of another, in an order of the batch; its wanted classes too.
void mix(Batch& batch, double alpha, std::uint64_t seed) {
  const auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  const auto share = at::_sample_dirichlet(torch::full({2}, alpha, torch::kDouble), generator)[0].item<double>();
  std::vector<std::int64_t> others(static_cast<std::size_t>(batch.images.size(0)));
  std::iota(others.begin(), others.end(), 0);
  Stream(seed).shuffle(std::span(others));
  const torch::Tensor index = torch::tensor(others);
  const auto mixed = [&](const torch::Tensor& x) { return x * share + x.index_select(0, index) * (1 - share); };
  batch.images = mixed(batch.images).contiguous(torch::MemoryFormat::ChannelsLast);
  batch.labels = mixed(batch.labels);
}

}  // namespace

TrainBatches::TrainBatches(const DataSet& data, const Recipe& recipe, std::uint64_t seed)
    : images_(data.train),
      train_(data.split.train),
      augment_(augment_of(recipe)),
      batch_(recipe.batch),
      mixup_(recipe.mixup),
      label_smoothing_(recipe.label_smoothing),
      seed_(seed),
      table_(make_pixel_table(data.normalisation)) {}

int TrainBatches::steps_per_epoch() const {
  const int images = static_cast<int>(train_.size());
  return images / batch_ + (images % batch_ != 0 ? 1 : 0);
}

std::vector<DrawnImage> TrainBatches::drawn(std::int64_t step) {
  const std::int64_t epoch = step / steps_per_epoch();
  if (epoch != epoch_) {
    order_ = train_;
    Stream(derive_seed(seed_, "order", static_cast<std::uint64_t>(epoch))).shuffle(std::span(order_));
    epoch_ = epoch;
  }
  const auto first = static_cast<std::size_t>(step % steps_per_epoch()) * static_cast<std::size_t>(batch_);
  const std::size_t count = std::min(order_.size() - first, static_cast<std::size_t>(batch_));
  const std::uint64_t epoch_seed = derive_seed(seed_, "augment", static_cast<std::uint64_t>(epoch));
  std::vector<DrawnImage> drawn;
  for (const int image : std::span(order_).subspan(first, count)) {
    Stream stream(derive_seed(epoch_seed, "image", static_cast<std::uint64_t>(image)));
    drawn.push_back({.index = image, .draw = draw(augment_, images_.height, images_.width, stream)});
  }
  return drawn;
}

Batch TrainBatches::at(std::int64_t step) {
  Batch batch = make_batch(images_, drawn(step), table_);
  if (mixup_ == 0 && label_smoothing_ == 0) return batch;
  batch.labels = smoothed(batch.labels, images_.classes(), label_smoothing_);
  if (mixup_ > 0) mix(batch, mixup_, derive_seed(seed_, "mixup", static_cast<std::uint64_t>(step)));
  return batch;
}

Batch drawn_batch(const DataSet& data, std::span<const int> from, int count, const Recipe& recipe,
                  const PixelTable& table, std::uint64_t seed) {
  const Augment augment = augment_of(recipe);
  Stream random(seed);
  std::vector<DrawnImage> drawn;
  for (int i = 0; i < count; ++i) {
    const int index = from[static_cast<std::size_t>(random.below(from.size()))];
    Stream of_image(derive_seed(seed, "image", static_cast<std::uint64_t>(i)));
    drawn.push_back({.index = index, .draw = draw(augment, data.train.height, data.train.width, of_image)});
  }
  return make_batch(data.train, drawn, table);
}

Batch plain_batch(const ImageSet& images, std::span<const int> indices, const PixelTable& table) {
  std::vector<DrawnImage> drawn;
  for (const int index : indices) drawn.push_back({.index = index});
  return make_batch(images, drawn, table);
}

}  // namespace tse
