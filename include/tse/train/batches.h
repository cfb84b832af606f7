#pragma once

#include <torch/torch.h>

#include <span>
#include <vector>

#include "tse/data/augment.h"
#include "tse/data/image_set.h"
#include "tse/trial/recipe.h"

namespace tse {

struct Batch {
  torch::Tensor images;  // (N,C,H,W) float, channels-last in memory, normalised, on the host
  torch::Tensor labels;  // (N) int64, or (N,classes) float: what is wanted of each class
};

/// An image of a mini-batch, and what it drew.
struct DrawnImage {
  int index = 0;
  Draw draw = {};

  bool operator==(const DrawnImage&) const = default;
};

/// The mini-batches of a training: every epoch in an order of its own, every image with an augmentation of its own, all
/// drawn from (seed, epoch, image), so that any step can be made without those before it. Where the recipe mixes images
/// or smooths labels, the labels say what is wanted of each class.
class TrainBatches {
 public:
  TrainBatches(const DataSet& data, const Recipe& recipe, std::uint64_t seed);

  int steps_per_epoch() const;

  /// `step` counts from 0 over the whole training.
  Batch at(std::int64_t step);

  /// What the batch of a step is made of, in its order, before its images are mixed.
  std::vector<DrawnImage> drawn(std::int64_t step);

 private:
  const ImageSet& images_;
  const std::vector<int>& train_;
  Augment augment_;
  int batch_;
  double mixup_;
  double label_smoothing_;
  std::uint64_t seed_;
  PixelTable table_;
  std::int64_t epoch_ = -1;  // whose order is at hand
  std::vector<int> order_;
};

/// Images drawn with replacement from these, each with an augmentation of its own as in training; all drawn from the
/// seed.
Batch drawn_batch(const DataSet& data, std::span<const int> from, int count, const Recipe& recipe,
                  const PixelTable& table, std::uint64_t seed);

/// Images as they are, normalised, in the order of the indices.
Batch plain_batch(const ImageSet& images, std::span<const int> indices, const PixelTable& table);

}  // namespace tse
