#include "tse/data/idx.h"

#include <limits>
#include <utility>

#include "tse/base/error.h"

namespace tse {

IdxArray parse_idx(std::span<const std::uint8_t> bytes, int dimensions, std::string_view place) {
  const std::size_t header = 4 + 4 * static_cast<std::size_t>(dimensions);
  if (bytes.size() < header) {
    throw DataError(place, "expected an IDX header of {} bytes; the file has {}", header, bytes.size());
  }
  if (bytes[0] != 0 || bytes[1] != 0) {
    throw DataError(place, "expected two zero bytes at offset 0 (IDX); got {:#04x} {:#04x}", bytes[0], bytes[1]);
  }
  if (bytes[2] != 0x08) {
    throw DataError(place, "expected type 0x08 (unsigned bytes) at offset 2; got {:#04x}", bytes[2]);
  }
  if (bytes[3] != dimensions) {
    throw DataError(place, "expected {} dimensions at offset 3; got {}", dimensions, bytes[3]);
  }
  IdxArray array{.sizes = {}, .data = bytes.subspan(header)};
  std::uint64_t product = 1;
  for (std::size_t offset = 4; offset < header; offset += 4) {
    const std::uint32_t size = (std::uint32_t{bytes[offset]} << 24U) | (std::uint32_t{bytes[offset + 1]} << 16U) |
                               (std::uint32_t{bytes[offset + 2]} << 8U) | std::uint32_t{bytes[offset + 3]};
    if (size == 0 || size > static_cast<std::uint32_t>(std::numeric_limits<int>::max())) {
      throw DataError(place, "expected a size in [1, 2147483647] at offset {}; got {}", offset, size);
    }
    // no more than there is data, so the product cannot overflow
    if (size > array.data.size() / product) {
      throw DataError(place, "expected the sizes at offset 4 to fit the {} bytes after them; dimension {} is {}",
                      array.data.size(), array.sizes.size() + 1, size);
    }
    product *= size;
    array.sizes.push_back(static_cast<int>(size));
  }
  if (product != array.data.size()) {
    throw DataError(place, "expected {} bytes after the header, as its sizes say; got {}", product, array.data.size());
  }
  return array;
}

ImageSet parse_idx_images(std::span<const std::uint8_t> images, std::span<const std::uint8_t> labels,
                          std::vector<std::string> class_names, std::string_view images_place,
                          std::string_view labels_place) {
  const IdxArray pixels = parse_idx(images, 3, images_place);
  const IdxArray classes = parse_idx(labels, 1, labels_place);
  if (pixels.sizes[0] != classes.sizes[0]) {
    throw DataError(labels_place, "expected one label for each of the {} images; got {}", pixels.sizes[0],
                    classes.sizes[0]);
  }
  for (std::size_t i = 0; i < classes.data.size(); ++i) {
    if (classes.data[i] >= class_names.size()) {
      throw DataError(labels_place, "expected a label below {} at offset {}; got {}", class_names.size(), i + 8,
                      classes.data[i]);
    }
  }
  return {.count = pixels.sizes[0],
          .channels = 1,
          .height = pixels.sizes[1],
          .width = pixels.sizes[2],
          .pixels = {pixels.data.begin(), pixels.data.end()},
          .labels = {classes.data.begin(), classes.data.end()},
          .class_names = std::move(class_names)};
}

}  // namespace tse
