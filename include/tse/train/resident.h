#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <span>

#include "tse/data/augment.h"
#include "tse/data/image_set.h"
#include "tse/train/batches.h"

namespace tse {

/// Images that stay on a device as bytes. A batch of them is made there from what each image drew, with the very values
/// that `TrainBatches` makes on the host. May be shared by several threads.
class ResidentImages {
 public:
  /// Numbers per image of a batch: its index, and its Draw.
  static constexpr std::int64_t kNumbers = 8;

  ResidentImages(const ImageSet& images, const PixelTable& table, const torch::Device& device);

  const torch::Device& device() const { return device_; }

  /// Writes the numbers of each drawn image to `out` (N,8).
  static void write_numbers(std::span<const DrawnImage> drawn, std::int64_t* out);

  /// `numbers` is (N,8) int64 on the device. Images (N,C,H,W) of this floating-point type, channels-last, normalised,
  /// and labels (N) int64, both on the device; never waits for it.
  Batch batch(const torch::Tensor& numbers, torch::ScalarType type) const;

 private:
  torch::Device device_;
  std::int64_t height_;
  std::int64_t width_;
  torch::Tensor pixels_;   // (images*H*W, C) uint8
  torch::Tensor labels_;   // (images) int64
  torch::Tensor table_;    // (C*256) float
  torch::Tensor first_;    // (C) int64, of each channel in the table
  torch::Tensor rows_;     // (1,H,1) int64
  torch::Tensor columns_;  // (1,1,W) int64
};

}  // namespace tse
