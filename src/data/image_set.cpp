#include "tse/data/image_set.h"

#include <array>
#include <cmath>

#include "tse/base/hash.h"

namespace tse {

std::string digest(const ImageSet& images) {
  Hash hash;
  for (const int size : {images.count, images.channels, images.height, images.width, images.classes()}) {
    hash.add(static_cast<std::uint64_t>(size));
  }
  for (const std::string& name : images.class_names) hash.add(std::uint64_t{name.size()}).add(name);
  std::vector<std::uint8_t> labels;
  labels.reserve(images.labels.size() * 2);
  for (const std::uint16_t label : images.labels) {
    labels.push_back(static_cast<std::uint8_t>(label & 0xffU));
    labels.push_back(static_cast<std::uint8_t>(label >> 8U));
  }
  return hash.add(labels).add(images.pixels).hex();
}

Normalisation measure(const ImageSet& images, std::span<const int> indices) {
  const auto plane = static_cast<std::size_t>(images.height) * static_cast<std::size_t>(images.width);
  Normalisation result;
  for (std::size_t channel = 0; channel < static_cast<std::size_t>(images.channels); ++channel) {
    // counts of the 256 byte values: exact sums, whatever the order of the images
    std::array<std::uint64_t, 256> counts{};
    for (const int index : indices) {
      const std::uint8_t* byte = images.image(index).data() + channel * plane;
      for (const std::uint8_t* const end = byte + plane; byte != end; ++byte) ++counts[*byte];
    }
    const double total = static_cast<double>(plane) * static_cast<double>(indices.size());
    double mean = 0;
    for (std::size_t value = 0; value < 256; ++value) mean += static_cast<double>(value * counts[value]);
    mean = total > 0 ? mean / total : 0;
    double squares = 0;
    for (std::size_t value = 0; value < 256; ++value) {
      const double distance = static_cast<double>(value) - mean;
      squares += distance * distance * static_cast<double>(counts[value]);
    }
    const double deviation = total > 0 ? std::sqrt(squares / total) : 0;
    result.mean.push_back(mean);
    result.deviation.push_back(deviation > 0 ? deviation : 1);
  }
  return result;
}

}  // namespace tse
