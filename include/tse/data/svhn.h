#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tse/data/configured.h"

namespace tse {

/// The images of a MAT-file of cropped digits: `X`, bytes (32,32,3,N) as (height, width, channel, image), and `y`, N
/// labels from 1 to 10, of which ten is the digit zero. DataError at `place` where the file is not so.
ImageSet parse_svhn(std::span<const std::uint8_t> bytes, std::string_view place);

/// Netzer et al. 2011, "Reading Digits in Natural Images with Unsupervised Feature Learning": house numbers, cropped to
/// one digit each. The easier extra images are not read.
struct Svhn {
  static constexpr const char* kName = "svhn";
  static constexpr const char* kSummary =
      "73,257 + 26,032 colour 32x32 images of digits, 10 classes (Netzer et al. 2011)";
  static std::optional<Normalisation> published() { return std::nullopt; }

  std::string dir;

  Options options();
  void check() const;
  DataFacts facts() const;
  std::vector<std::filesystem::path> files() const;
  Sets read(std::uint64_t seed) const;
};

}  // namespace tse
