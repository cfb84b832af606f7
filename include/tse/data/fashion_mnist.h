#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tse/data/configured.h"

namespace tse {

/// Xiao, Rasul and Vollgraf 2017 (arXiv 1708.07747): 60,000 + 10,000 grey 28x28 images of ten kinds of clothes, as four
/// IDX files, gzipped or not.
struct FashionMnist {
  static constexpr const char* kName = "fashion-mnist";
  static constexpr const char* kSummary = "60,000 + 10,000 grey 28x28 images of clothes, 10 classes (arXiv 1708.07747)";
  static std::optional<Normalisation> published() { return std::nullopt; }

  std::string dir = "/usr/share/datasets/fashion-mnist";  // where Debian's dataset-fashion-mnist puts it

  Options options();
  void check() const {}
  DataFacts facts() const;
  std::vector<std::filesystem::path> files() const;
  Sets read(std::uint64_t seed) const;
};

}  // namespace tse
