#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "tse/data/configured.h"

namespace tse {

/// Images that need no file, for tests and first tries: each class is a smooth pattern (a 4x4 grid of random levels,
/// interpolated), each image its class's pattern, moved by up to an eighth of the side, plus noise. A small network
/// learns it in an epoch or two.
struct Synthetic {
  static constexpr const char* kName = "synthetic";
  static constexpr const char* kSummary =
      "smooth random patterns with noise, made on the spot; for tests and first tries";
  static std::optional<Normalisation> published() { return std::nullopt; }

  int classes = 10;
  int channels = 3;
  int size = 16;
  int train_images = 1000;
  int test_images = 200;
  double noise = 0.5;  // deviation of the noise over that of the patterns

  Options options();
  void check() const;
  DataFacts facts() const;
  std::vector<std::filesystem::path> files() const { return {}; }
  Sets read(std::uint64_t seed) const;
};

}  // namespace tse
