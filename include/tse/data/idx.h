#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tse/data/image_set.h"

namespace tse {

/// One IDX file of bytes (LeCun's MNIST page): two zero bytes, a type (0x08 is unsigned bytes), the number of
/// dimensions, each dimension as four bytes, most significant first, then the data. Points into the bytes it came from.
struct IdxArray {
  std::vector<int> sizes;  // each at least 1
  std::span<const std::uint8_t> data;
};

/// DataError at `place` with the offset where the bytes are no IDX array of unsigned bytes with `dimensions`
/// dimensions, or their number is not the product of the sizes.
IdxArray parse_idx(std::span<const std::uint8_t> bytes, int dimensions, std::string_view place);

/// Grey images (N,height,width) with their labels (N).
ImageSet parse_idx_images(std::span<const std::uint8_t> images, std::span<const std::uint8_t> labels,
                          std::vector<std::string> class_names, std::string_view images_place,
                          std::string_view labels_place);

}  // namespace tse
