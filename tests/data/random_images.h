#pragma once

#include <cstdint>

#include "tse/base/random.h"
#include "tse/data/image_set.h"

namespace tse {

/// Bytes and labels of three classes, all drawn from the seed.
inline ImageSet random_images(int count, int channels, int height, int width, std::uint64_t seed) {
  Stream stream(seed);
  ImageSet images;
  images.count = count;
  images.channels = channels;
  images.height = height;
  images.width = width;
  images.class_names = {"a", "b", "c"};
  for (int i = 0; i < count; ++i) images.labels.push_back(static_cast<std::uint16_t>(stream.below(3)));
  images.pixels.resize(static_cast<std::size_t>(count) * images.image_bytes());
  for (std::uint8_t& byte : images.pixels) byte = static_cast<std::uint8_t>(stream.below(256));
  return images;
}

}  // namespace tse
