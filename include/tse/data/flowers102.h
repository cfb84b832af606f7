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

/// Which image is of which class and for what, by the images' numbers, which count from 1.
struct FlowerLists {
  std::vector<int> labels;  // of image number i at i - 1, from 0
  std::vector<int> train;
  std::vector<int> valid;
  std::vector<int> test;
};

/// From `imagelabels.mat` (`labels`, from 1 to 102) and `setid.mat` (`trnid`, `valid`, `tstid`). DataErrors at the
/// file's place where an array is missing, a number is out of range, a list is empty or an image is in two places.
FlowerLists parse_flower_lists(std::span<const std::uint8_t> labels, std::string_view labels_place,
                               std::span<const std::uint8_t> sets, std::string_view sets_place);

/// Nilsback and Zisserman 2008, "Automated flower classification over a large number of classes": JPEG images of some
/// 500 to 1,000 pixels a side, each resized to size x size (its aspect ratio is not kept). The published validation set
/// is what is held out.
struct Flowers102 {
  static constexpr const char* kName = "flowers102";
  static constexpr const char* kSummary =
      "1,020 + 1,020 (validation) + 6,149 photographs of flowers, 102 classes (Nilsback and Zisserman 2008)";
  static std::optional<Normalisation> published() { return std::nullopt; }

  std::string dir;
  int size = 64;

  Options options();
  void check() const;
  DataFacts facts() const;
  std::vector<std::filesystem::path> files() const;
  Sets read(std::uint64_t seed) const;
};

}  // namespace tse
