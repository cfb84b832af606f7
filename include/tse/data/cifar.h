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

/// Krizhevsky 2009, the binary version: any number of records of label bytes and 3,072 pixel bytes (32x32: the red
/// plane, the green, the blue). CIFAR-10 has one label byte, CIFAR-100 two, coarse and fine; the last one counts.
/// Appends the records to `images`, whose class names say how many labels there are. DataError at `place` with the
/// offset where the bytes are no whole number of records, none at all, or a label is too high.
void append_cifar(std::span<const std::uint8_t> bytes, int label_bytes, std::string_view place, ImageSet& images);

/// One class name a line, empty lines at the end allowed; DataError at `place` where there are not `count` of them.
std::vector<std::string> parse_class_names(std::string_view text, std::size_t count, std::string_view place);

/// What both have in common.
struct CifarFolder {
  std::string dir;

  Options options();
};

struct Cifar10 : CifarFolder {
  static constexpr const char* kName = "cifar10";
  static constexpr const char* kSummary = "50,000 + 10,000 colour 32x32 images, 10 classes (Krizhevsky 2009)";
  static std::optional<Normalisation> published();

  void check() const;
  DataFacts facts() const;
  std::vector<std::filesystem::path> files() const;
  Sets read(std::uint64_t seed) const;
};

/// The fine labels of CIFAR-100.
struct Cifar100 : CifarFolder {
  static constexpr const char* kName = "cifar100";
  static constexpr const char* kSummary = "50,000 + 10,000 colour 32x32 images, 100 classes (Krizhevsky 2009)";
  static std::optional<Normalisation> published();

  void check() const;
  DataFacts facts() const;
  std::vector<std::filesystem::path> files() const;
  Sets read(std::uint64_t seed) const;
};

}  // namespace tse
