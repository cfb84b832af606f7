#include "tse/data/synthetic.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "tse/base/error.h"
#include "tse/base/random.h"

namespace tse {
namespace {

constexpr int kGrid = 4;
constexpr double kContrast = 100.0;         // patterns lie in [28, 228]
constexpr double kPatternDeviation = 48.0;  // of such patterns, about
constexpr std::uint64_t kMostSyntheticBytes = 1ULL << 31U;

using Grid = std::array<double, kGrid * kGrid>;

/// Bilinear between the grid's points, which wrap around.
double pattern_at(const Grid& grid, double y, double x) {
  const int row = static_cast<int>(y);
  const int column = static_cast<int>(x);
  const double down = y - row;
  const double right = x - column;
  const auto level = [&](int i, int j) { return grid[static_cast<std::size_t>(i % kGrid * kGrid + j % kGrid)]; };
  return (1 - down) * ((1 - right) * level(row, column) + right * level(row, column + 1)) +
         down * ((1 - right) * level(row + 1, column) + right * level(row + 1, column + 1));
}

/// Of deviation 1: a sum of uniform draws, since the standard normal distribution differs between libraries.
double bell(Stream& stream) { return (stream.unit() + stream.unit() + stream.unit() - 1.5) * 2; }

ImageSet make_images(const Synthetic& options, int count, std::uint64_t seed, const char* purpose) {
  const auto planes = static_cast<std::size_t>(options.channels);
  std::vector<Grid> grids(static_cast<std::size_t>(options.classes) * planes);
  Stream levels(derive_seed(seed, "synthetic-patterns"));
  for (Grid& grid : grids) {
    for (double& level : grid) level = 2 * levels.unit() - 1;
  }

  ImageSet images{.count = count,
                  .channels = options.channels,
                  .height = options.size,
                  .width = options.size,
                  .pixels = {},
                  .labels = {},
                  .class_names = {}};
  for (int label = 0; label < options.classes; ++label)
    images.class_names.push_back("pattern " + std::to_string(label));
  images.pixels.reserve(static_cast<std::size_t>(count) * images.image_bytes());
  const double step = static_cast<double>(kGrid) / options.size;
  for (int index = 0; index < count; ++index) {
    Stream stream(derive_seed(seed, purpose, static_cast<std::uint64_t>(index)));
    const int label = index % options.classes;
    images.labels.push_back(static_cast<std::uint16_t>(label));
    const double moved_down = stream.unit() * kGrid / 8;
    const double moved_right = stream.unit() * kGrid / 8;
    for (std::size_t plane = 0; plane < planes; ++plane) {
      const Grid& grid = grids[static_cast<std::size_t>(label) * planes + plane];
      for (int y = 0; y < options.size; ++y) {
        for (int x = 0; x < options.size; ++x) {
          const double level = kContrast * pattern_at(grid, y * step + moved_down, x * step + moved_right) +
                               kPatternDeviation * options.noise * bell(stream);
          images.pixels.push_back(static_cast<std::uint8_t>(std::clamp(128.5 + level, 0.0, 255.0)));
        }
      }
    }
  }
  return images;
}

}  // namespace

Options Synthetic::options() {
  return {
      {"classes", &classes, "number of classes", between(2, 1000)},
      {"channels", &channels, "planes of an image", between(1, 16)},
      {"size", &size, "height and width, pixels", between(4, 512)},
      {"train_images", &train_images, "size of the training set", between(2, 10'000'000)},
      {"test_images", &test_images, "size of the test set", between(1, 10'000'000)},
      {"noise", &noise, "deviation of the noise over that of the patterns", between(0, 100)},
  };
}

void Synthetic::check() const {
  const std::uint64_t bytes = (static_cast<std::uint64_t>(train_images) + static_cast<std::uint64_t>(test_images)) *
                              static_cast<std::uint64_t>(channels) * static_cast<std::uint64_t>(size) *
                              static_cast<std::uint64_t>(size);
  if (bytes > kMostSyntheticBytes)
    throw UsageError(kName, "all images together must take at most {} bytes; got {}", kMostSyntheticBytes, bytes);
}

DataFacts Synthetic::facts() const {
  return {.channels = channels,
          .height = size,
          .width = size,
          .classes = classes,
          .images = std::int64_t{train_images} + test_images};
}

Sets Synthetic::read(std::uint64_t seed) const {
  return {.train = make_images(*this, train_images, seed, "synthetic-train"),
          .test = make_images(*this, test_images, seed, "synthetic-test")};
}

}  // namespace tse
