#include "tse/data/image_folder.h"

#include <algorithm>
#include <cmath>
#include <system_error>
#include <utility>

#include "tse/base/error.h"
#include "tse/base/file.h"
#include "tse/base/path.h"
#include "tse/base/random.h"
#include "tse/base/text.h"
#include "tse/data/picture.h"

namespace tse {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFileBytes = std::size_t{128} << 20U;
constexpr std::size_t kMostClasses = 10'000;
constexpr std::size_t kMostFolderBytes = std::size_t{8} << 30U;  // of all images together, resized

/// What is in a folder, sorted by name, without what is hidden.
std::vector<fs::directory_entry> list(const fs::path& folder) {
  std::vector<fs::directory_entry> entries;
  try {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      const std::string name = entry.path().filename().string();
      if (first_not_utf8(name)) {
        throw DataError(printable(entry.path().string()), "expected names in UTF-8, since classes go into results");
      }
      if (!name.starts_with('.')) entries.push_back(entry);
    }
  } catch (const fs::filesystem_error& error) {
    throw DataError(folder.string(), "expected a folder that can be read; {}", error.code().message());
  }
  std::ranges::sort(entries, {}, [](const fs::directory_entry& entry) { return entry.path().string(); });
  return entries;
}

void check_kind(const fs::directory_entry& entry, fs::file_type wanted, const char* rule) {
  const fs::file_type found = entry.symlink_status().type();
  if (found == wanted) return;
  const char* name = "neither file nor folder";
  if (found == fs::file_type::symlink) name = "a symbolic link";
  if (found == fs::file_type::regular) name = "a file";
  if (found == fs::file_type::directory) name = "a folder";
  throw DataError(entry.path().string(), "expected {}; got {}", rule, name);
}

struct Listing {
  std::vector<ClassFolder> train;
  std::vector<ClassFolder> test;
};

/// DIR/train and perhaps DIR/test, each with the same classes.
Listing list_parts(const fs::path& dir) {
  for (const fs::directory_entry& entry : list(dir)) {
    const std::string name = entry.path().filename().string();
    if (name != "train" && name != "test") {
      throw DataError(entry.path().string(), "expected only the folders train and test beside each other; got '{}'",
                      name);
    }
  }
  if (!path_exists(dir / "test")) return {.train = list_classes(dir / "train", 2), .test = {}};
  Listing listing{.train = list_classes(dir / "train", 1), .test = list_classes(dir / "test", 1)};
  for (const auto* side : {&listing.train, &listing.test}) {
    const auto& other = side == &listing.train ? listing.test : listing.train;
    for (const ClassFolder& folder : *side) {
      if (std::ranges::find(other, folder.name, &ClassFolder::name) == other.end()) {
        throw DataError(folder.files.front().parent_path().string(),
                        "expected the same classes in {} and {}; '{}' is only here", (dir / "train").string(),
                        (dir / "test").string(), folder.name);
      }
    }
  }
  return listing;
}

/// Moves `fraction` of each class, at least one image and not all of them, to the test set.
void split_off_test(Listing& listing, double fraction, std::uint64_t seed) {
  for (std::size_t label = 0; label < listing.train.size(); ++label) {
    std::vector<fs::path>& files = listing.train[label].files;
    const auto count = std::clamp<std::size_t>(
        static_cast<std::size_t>(std::llround(fraction * static_cast<double>(files.size()))), 1, files.size() - 1);
    Stream(derive_seed(seed, "test-split", label)).shuffle(std::span(files));
    const auto middle = files.begin() + static_cast<std::ptrdiff_t>(count);
    listing.test.push_back({.name = listing.train[label].name, .files = {files.begin(), middle}});
    files.erase(files.begin(), middle);
    std::ranges::sort(files);
    std::ranges::sort(listing.test.back().files);
  }
}

Listing list_all(const ImageFolder& options) {
  const fs::path dir = options.dir;
  Listing listing;
  if (is_folder(dir / "train")) {
    listing = list_parts(dir);
  } else {
    listing.train = list_classes(dir, 2);
  }
  return listing;
}

/// Files that are no images that can be read: all of them in one message, lest each costs a run.
class BadFiles {
 public:
  void add(const DataError& error) {
    if (++count_ <= kMostNamed) messages_ += (messages_.empty() ? "" : "\n") + std::string(error.what());
  }

  /// `good` files could be read.
  void expect_none(const std::string& dir, std::size_t good) const {
    if (count_ == 0) return;
    const std::string more = count_ > kMostNamed ? fmt::format("\nand {} more", count_ - kMostNamed) : "";
    throw DataError(dir, "expected {} images; {} of the files cannot be read as one:\n{}{}", good + count_, count_,
                    messages_, more);
  }

 private:
  static constexpr std::size_t kMostNamed = 10;
  std::size_t count_ = 0;
  std::string messages_;
};

ImageSet read_images(const std::vector<ClassFolder>& folders, const ImageFolder& options, BadFiles& bad) {
  std::size_t count = 0;
  for (const ClassFolder& folder : folders) count += folder.files.size();
  ImageSet images{.count = 0,
                  .channels = options.channels,
                  .height = options.size,
                  .width = options.size,
                  .pixels = {},
                  .labels = {},
                  .class_names = {}};
  if (count > kMostFolderBytes / images.image_bytes()) {
    throw DataError(options.dir, "expected at most {} bytes of resized images; {} images of {} bytes are more",
                    kMostFolderBytes, count, images.image_bytes());
  }
  images.pixels.reserve(count * images.image_bytes());
  for (const ClassFolder& folder : folders) {
    const auto label = static_cast<std::uint16_t>(images.class_names.size());
    images.class_names.push_back(folder.name);
    for (const fs::path& file : folder.files) {
      try {
        const Picture picture = decode_picture(read_file(file, kMostFileBytes), file.string());
        images.pixels.resize(images.pixels.size() + images.image_bytes());
        write_planes(resize(picture, options.size, options.size), options.channels,
                     std::span(images.pixels).last(images.image_bytes()));
        images.labels.push_back(label);
        ++images.count;
      } catch (const DataError& error) {
        bad.add(error);
      }
    }
  }
  return images;
}

}  // namespace

std::vector<ClassFolder> list_classes(const fs::path& folder, std::size_t least) {
  std::vector<ClassFolder> classes;
  for (const fs::directory_entry& entry : list(folder)) {
    check_kind(entry, fs::file_type::directory, "a folder per class");
    ClassFolder found{.name = entry.path().filename().string(), .files = {}};
    for (const fs::directory_entry& file : list(entry.path())) {
      check_kind(file, fs::file_type::regular, "image files only in a class folder");
      found.files.push_back(file.path());
    }
    if (found.files.size() < least) {
      throw DataError(entry.path().string(), "expected at least {} image{} in a class folder; got {}", least,
                      least == 1 ? "" : "s", found.files.size());
    }
    classes.push_back(std::move(found));
  }
  if (classes.size() < 2 || classes.size() > kMostClasses) {
    throw DataError(folder.string(), "expected 2 to {} class folders; got {}", kMostClasses, classes.size());
  }
  return classes;
}

Options ImageFolder::options() {
  return {
      {"dir", &dir, "folder with a folder per class, or with such folders in train/ and test/", {}},
      {"size", &size, "height and width that every image is resized to, pixels", between(4, 512)},
      {"channels", &channels, "3: colour; 1: grey", between(1, 3)},
      {"test_fraction", &test_fraction, "of each class, for testing where there is no test/", between(0.01, 0.9)},
  };
}

void ImageFolder::check() const {
  if (dir.empty()) throw UsageError(kName, "dir= must name the folder that holds a folder per class");
  if (channels == 2) throw UsageError(kName, "channels must be 1 or 3; got 2");
}

DataFacts ImageFolder::facts() const {
  const Listing listing = list_all(*this);
  std::size_t images = 0;
  for (const auto* side : {&listing.train, &listing.test}) {
    for (const auto& folder : *side) images += folder.files.size();
  }
  return {.channels = channels,
          .height = size,
          .width = size,
          .classes = static_cast<int>(listing.train.size()),
          .images = static_cast<std::int64_t>(images)};
}

Sets ImageFolder::read(std::uint64_t seed) const {
  Listing listing = list_all(*this);
  if (listing.test.empty()) split_off_test(listing, test_fraction, seed);
  BadFiles bad;
  Sets sets{.train = read_images(listing.train, *this, bad), .test = read_images(listing.test, *this, bad)};
  bad.expect_none(dir, sets.train.labels.size() + sets.test.labels.size());
  return sets;
}

}  // namespace tse
