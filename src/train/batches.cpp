#include "tse/train/batches.h"

#include <algorithm>

#include "tse/base/random.h"

namespace tse {
namespace {

Batch empty_batch(const ImageSet& images, std::size_t count) {
  const auto n = static_cast<std::int64_t>(count);
  return {.images = torch::empty({n, images.channels, images.height, images.width},
                                 torch::TensorOptions(torch::kFloat).memory_format(torch::MemoryFormat::ChannelsLast)),
          .labels = torch::empty({n}, torch::kLong)};
}

}  // namespace

TrainBatches::TrainBatches(const DataSet& data, const Recipe& recipe, std::uint64_t seed)
    : images_(data.train),
      train_(data.split.train),
      augment_{.flip = recipe.flip, .crop = recipe.crop, .cutout = recipe.cutout},
      batch_(recipe.batch),
      seed_(seed),
      table_(make_pixel_table(data.normalisation)) {}

int TrainBatches::steps_per_epoch() const {
  const int images = static_cast<int>(train_.size());
  return images / batch_ + (images % batch_ != 0 ? 1 : 0);
}

Batch TrainBatches::at(std::int64_t step) {
  const std::int64_t epoch = step / steps_per_epoch();
  if (epoch != epoch_) {
    order_ = train_;
    Stream(derive_seed(seed_, "order", static_cast<std::uint64_t>(epoch))).shuffle(std::span(order_));
    epoch_ = epoch;
  }
  const auto first = static_cast<std::size_t>(step % steps_per_epoch()) * static_cast<std::size_t>(batch_);
  const std::size_t count = std::min(order_.size() - first, static_cast<std::size_t>(batch_));
  Batch batch = empty_batch(images_, count);
  const std::uint64_t epoch_seed = derive_seed(seed_, "augment", static_cast<std::uint64_t>(epoch));
  float* out = batch.images.data_ptr<float>();
  auto* labels = batch.labels.data_ptr<std::int64_t>();
  for (std::size_t i = 0; i < count; ++i) {
    const int image = order_[first + i];
    Stream stream(derive_seed(epoch_seed, "image", static_cast<std::uint64_t>(image)));
    write_augmented(images_, image, draw(augment_, images_.height, images_.width, stream), table_,
                    out + i * images_.image_bytes());
    labels[i] = images_.labels[static_cast<std::size_t>(image)];
  }
  return batch;
}

Batch plain_batch(const ImageSet& images, std::span<const int> indices, const PixelTable& table) {
  Batch batch = empty_batch(images, indices.size());
  for (std::size_t i = 0; i < indices.size(); ++i) {
    write_augmented(images, indices[i], Draw{}, table, batch.images.data_ptr<float>() + i * images.image_bytes());
    batch.labels.data_ptr<std::int64_t>()[i] = images.labels[static_cast<std::size_t>(indices[i])];
  }
  return batch;
}

}  // namespace tse
