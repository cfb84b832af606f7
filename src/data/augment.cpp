#include "tse/data/augment.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace tse {
namespace {

/// Uniform in [-reach, reach].
int shift(int reach, Stream& stream) {
  return static_cast<int>(stream.below(2 * static_cast<std::uint64_t>(reach) + 1)) - reach;
}

constexpr int kTries = 10;  // as torchvision's, for a box that fits

/// The whole image where none of them fits.
Box draw_box(double least_share, int height, int width, Stream& stream) {
  const double area = static_cast<double>(height) * width;
  const double reach = std::log(4.0 / 3.0);
  for (int i = 0; i < kTries; ++i) {
    const double target = area * (least_share + (1 - least_share) * stream.unit());
    const double ratio = std::exp(reach * (2 * stream.unit() - 1));
    const auto box_width = static_cast<int>(std::lround(std::sqrt(target * ratio)));
    const auto box_height = static_cast<int>(std::lround(std::sqrt(target / ratio)));
    if (box_width < 1 || box_height < 1 || box_width > width || box_height > height) continue;
    return {.top = static_cast<int>(stream.below(static_cast<std::uint64_t>(height - box_height) + 1)),
            .left = static_cast<int>(stream.below(static_cast<std::uint64_t>(width - box_width) + 1)),
            .height = box_height,
            .width = box_width};
  }
  return {.top = 0, .left = 0, .height = height, .width = width};
}

/// For each pixel of a stretched line the two it lies between, and the share of the second.
struct Between {
  int first = 0;
  int second = 0;
  double share = 0;
};

std::vector<Between> stretched(int from, int to) {
  std::vector<Between> line;
  for (int i = 0; i < to; ++i) {
    const double at = std::max(0.0, (i + 0.5) * from / to - 0.5);
    const int first = std::min(static_cast<int>(at), from - 1);
    line.push_back({.first = first, .second = std::min(first + 1, from - 1), .share = at - first});
  }
  return line;
}

/// The box of each plane, stretched to the whole.
std::vector<std::uint8_t> zoomed(const ImageSet& images, int index, const Box& box) {
  const std::vector<Between> rows = stretched(box.height, images.height);
  const std::vector<Between> columns = stretched(box.width, images.width);
  const std::uint8_t* plane = images.image(index).data();
  std::vector<std::uint8_t> out;
  out.reserve(images.image_bytes());
  for (int channel = 0; channel < images.channels; ++channel) {
    const auto at = [&](int y, int x) -> double {
      return plane[static_cast<std::ptrdiff_t>(box.top + y) * images.width + box.left + x];
    };
    for (const Between& y : rows) {
      for (const Between& x : columns) {
        const double above = (1 - x.share) * at(y.first, x.first) + x.share * at(y.first, x.second);
        const double below = (1 - x.share) * at(y.second, x.first) + x.share * at(y.second, x.second);
        out.push_back(static_cast<std::uint8_t>(std::lround((1 - y.share) * above + y.share * below)));
      }
    }
    plane += static_cast<std::ptrdiff_t>(images.height) * images.width;
  }
  return out;
}

/// Where out[first, last) has its source inside a line of `size` pixels moved by `offset`.
std::pair<int, int> inside(int size, int offset) {
  const int first = std::clamp(-offset, 0, size);
  return {first, std::clamp(size - offset, first, size)};
}

}  // namespace

Draw draw(const Augment& augment, int height, int width, Stream& stream) {
  Draw drawn;
  if (augment.resized_crop > 0) drawn.box = draw_box(augment.resized_crop, height, width, stream);
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
  const std::vector<std::uint8_t> stretched_planes =
      draw.box.height > 0 ? zoomed(images, index, draw.box) : std::vector<std::uint8_t>();
  const std::uint8_t* plane = draw.box.height > 0 ? stretched_planes.data() : images.image(index).data();
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
