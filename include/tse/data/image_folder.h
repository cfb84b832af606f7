#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tse/data/configured.h"

namespace tse {

/// The files of one folder per class, sorted by name.
struct ClassFolder {
  std::string name;
  std::vector<std::filesystem::path> files;
};

/// Lists DIR/CLASS/FILE without opening the files. Hidden entries are left out. DataError, with the path, for a
/// symbolic link, a file beside the class folders, a folder inside one, anything that is no regular file, fewer than
/// two classes, and a class with fewer than `least` files.
std::vector<ClassFolder> list_classes(const std::filesystem::path& folder, std::size_t least);

/// One's own images: a folder per class with JPEG and PNG files of any size, each resized to size x size (its aspect
/// ratio is not kept). Either DIR/CLASS/FILE, from which each class gives `test_fraction` of its images to the test
/// set, drawn with the data seed; or DIR/train/CLASS/FILE, with DIR/test/CLASS/FILE of the same classes beside it or,
/// without DIR/test, split as before.
struct ImageFolder {
  static constexpr const char* kName = "images";
  static constexpr const char* kSummary = "your own: a folder per class with JPEG and PNG files of any size";
  static std::optional<Normalisation> published() { return std::nullopt; }

  std::string dir;
  int size = 32;
  int channels = 3;
  double test_fraction = 0.2;

  Options options();
  void check() const;
  DataFacts facts() const;
  std::vector<std::filesystem::path> files() const { return {}; }
  Sets read(std::uint64_t seed) const;
};

}  // namespace tse
