#include "tse/data/augment.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace tse {
namespace {

/// Uniform in [-reach, reach].
int shift(int reach, Stream& stream) {
  return static_cast<int>(stream.below(2 * static_cast<std::uint64_t>(reach) + 1)) - reach;
}

/// Where out[first, last) has its source inside a line of `size` pixels moved by `offset`.
std::pair<int, int> inside(int size, int offset) {
  const int first = std::clamp(-offset, 0, size);
  return {first, std::clamp(size - offset, first, size)};
}

}  // namespace

Draw draw(const Augment& augment, int height, int width, Stream& stream) {
  Draw drawn;
  if (augment.flip) drawn.mirror = stream.below(2) == 1;
  if (augment.crop > 0) {
    drawn.dy = shift(augment.crop, stream);
    drawn.dx = shift(augment.crop, stream);
  }
  if (augment.cutout > 0) {
    const int y = static_cast<int>(stream.below(static_cast<std::uint64_t>(height)));
    const int x = static_cast<int>(stream.below(static_cast<std::uint64_t>(width)));
    drawn.cut_top = std::max(0, y - augment.cutout / 2);
    drawn.cut_bottom = std::min(height, y - augment.cutout / 2 + augment.cutout);
    drawn.cut_left = std::max(0, x - augment.cutout / 2);
    drawn.cut_right = std::min(width, x - augment.cutout / 2 + augment.cutout);
  }
  return drawn;
}

PixelTable make_pixel_table(const Normalisation& normalisation) {
  PixelTable table(normalisation.mean.size());
  for (std::size_t channel = 0; channel < table.size(); ++channel) {
    for (std::size_t value = 0; value < 256; ++value) {
      table[channel][value] = static_cast<float>((static_cast<double>(value) - normalisation.mean[channel]) /
                                                 normalisation.deviation[channel]);
    }
  }
  return table;
}

void write_augmented(const ImageSet& images, int index, const Draw& draw, const PixelTable& table, float* out) {
  const int height = images.height;
  const int width = images.width;
  const auto [top, bottom] = inside(height, draw.dy);
  const auto [left, right] = inside(width, draw.dx);
  const std::uint8_t* plane = images.image(index).data();
  const std::ptrdiff_t plane_bytes = static_cast<std::ptrdiff_t>(height) * width;
  const auto pixel = static_cast<std::ptrdiff_t>(table.size());  // values from one to the next
  const auto fill = [pixel](float* row, int first, int last, float value) {
    for (int x = first; x < last; ++x) row[x * pixel] = value;
  };
  for (std::size_t channel = 0; channel < table.size(); ++channel, plane += plane_bytes) {
    const std::array<float, 256>& values = table[channel];
    float* row = out + channel;
    for (int y = 0; y < height; ++y, row += width * pixel) {
      if (y < top || y >= bottom) {
        fill(row, 0, width, values[0]);
      } else {
        fill(row, 0, left, values[0]);
        fill(row, right, width, values[0]);
        const std::uint8_t* source = plane + static_cast<std::ptrdiff_t>(y + draw.dy) * width;
        if (draw.mirror) {
          const int last = width - 1 - draw.dx;
          for (int x = left; x < right; ++x) row[x * pixel] = values[source[last - x]];
        } else {
          for (int x = left; x < right; ++x) row[x * pixel] = values[source[x + draw.dx]];
        }
      }
      if (y >= draw.cut_top && y < draw.cut_bottom) fill(row, draw.cut_left, draw.cut_right, 0.0F);
    }
  }
}

}  // namespace tse
