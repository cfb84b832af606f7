#include "tse/data/cifar.h"

#include <filesystem>
#include <future>
#include <sstream>

#include "tse/base/error.h"
#include "tse/base/file.h"
#include "tse/base/path.h"
#include "tse/base/text.h"

namespace tse {
namespace {

constexpr int kCifarSide = 32;
constexpr int kCifarImages = 60000;  // in either set, training and test
constexpr std::size_t kPixelBytes = std::size_t{3} * kCifarSide * kCifarSide;
constexpr std::size_t kMostCifarBytes = std::size_t{256} << 20U;  // of one file; the largest official one has 153.7 MB
constexpr std::size_t kMostNames = std::size_t{64} << 10U;

const std::vector<std::string>& cifar10_names() {
  static const std::vector<std::string> names = {"airplane", "automobile", "bird",  "cat",  "deer",
                                                 "dog",      "frog",       "horse", "ship", "truck"};
  return names;
}

const std::vector<std::string>& cifar100_names() {
  static const std::vector<std::string> names = {
      "apple",      "aquarium_fish", "baby",         "bear",       "beaver",      "bed",         "bee",
      "beetle",     "bicycle",       "bottle",       "bowl",       "boy",         "bridge",      "bus",
      "butterfly",  "camel",         "can",          "castle",     "caterpillar", "cattle",      "chair",
      "chimpanzee", "clock",         "cloud",        "cockroach",  "couch",       "crab",        "crocodile",
      "cup",        "dinosaur",      "dolphin",      "elephant",   "flatfish",    "forest",      "fox",
      "girl",       "hamster",       "house",        "kangaroo",   "keyboard",    "lamp",        "lawn_mower",
      "leopard",    "lion",          "lizard",       "lobster",    "man",         "maple_tree",  "motorcycle",
      "mountain",   "mouse",         "mushroom",     "oak_tree",   "orange",      "orchid",      "otter",
      "palm_tree",  "pear",          "pickup_truck", "pine_tree",  "plain",       "plate",       "poppy",
      "porcupine",  "possum",        "rabbit",       "raccoon",    "ray",         "road",        "rocket",
      "rose",       "sea",           "seal",         "shark",      "shrew",       "skunk",       "skyscraper",
      "snail",      "snake",         "spider",       "squirrel",   "streetcar",   "sunflower",   "sweet_pepper",
      "table",      "tank",          "telephone",    "television", "tiger",       "tractor",     "train",
      "trout",      "tulip",         "turtle",       "wardrobe",   "whale",       "willow_tree", "wolf",
      "woman",      "worm"};
  return names;
}

/// What tells the two data sets apart.
struct Layout {
  const char* name;
  int label_bytes;
  std::vector<std::string> train_files;
  const char* test_file;
  const char* names_file;
  const std::vector<std::string>& names;
};

const Layout& cifar10_layout() {
  static const Layout layout = {.name = Cifar10::kName,
                                .label_bytes = 1,
                                .train_files = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                                "data_batch_4.bin", "data_batch_5.bin"},
                                .test_file = "test_batch.bin",
                                .names_file = "batches.meta.txt",
                                .names = cifar10_names()};
  return layout;
}

const Layout& cifar100_layout() {
  static const Layout layout = {.name = Cifar100::kName,
                                .label_bytes = 2,
                                .train_files = {"train.bin"},
                                .test_file = "test.bin",
                                .names_file = "fine_label_names.txt",
                                .names = cifar100_names()};
  return layout;
}

std::vector<std::filesystem::path> files_of(const Layout& layout, const std::string& dir) {
  std::vector<std::filesystem::path> files;
  for (const std::string& name : layout.train_files) files.push_back(find_packed(dir, name));
  files.push_back(find_packed(dir, layout.test_file));
  return files;
}

DataFacts facts_of(const Layout& layout, const std::string& dir) {
  files_of(layout, dir);
  return {.channels = 3,
          .height = kCifarSide,
          .width = kCifarSide,
          .classes = static_cast<int>(layout.names.size()),
          .images = kCifarImages};
}

Sets read_sets(const Layout& layout, const std::string& dir) {
  ImageSet empty{.channels = 3,
                 .height = kCifarSide,
                 .width = kCifarSide,
                 .pixels = {},
                 .labels = {},
                 .class_names = layout.names};
  const std::filesystem::path names_file = std::filesystem::path(dir) / layout.names_file;
  if (path_exists(names_file)) {
    const Bytes text = read_file(names_file, kMostNames);
    empty.class_names = parse_class_names(as_text(text), layout.names.size(), names_file.string());
  }
  Sets sets{.train = empty, .test = empty};
  // unpacking takes seconds: all files at once, each by a thread of its own
  const std::vector<std::filesystem::path> files = files_of(layout, dir);
  std::vector<std::future<Bytes>> contents;
  for (const std::filesystem::path& file : files) {
    contents.push_back(std::async(std::launch::async, [&file] { return read_unpacked(file, kMostCifarBytes); }));
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    const bool last = i + 1 == files.size();  // the test set
    ImageSet& set = last ? sets.test : sets.train;
    const Bytes content = contents[i].get();
    if (i == 0) set.pixels.reserve(content.size() * (files.size() - 1));  // once, lest it grows by copies
    append_cifar(content, layout.label_bytes, files[i].string(), set);
  }
  return sets;
}

void check_dir(const Layout& layout, const std::string& dir) {
  if (!dir.empty()) return;
  throw UsageError(layout.name, "dir= must name the folder with {} (tse data fetch {} --dir DIR makes one)",
                   layout.test_file, layout.name);
}

}  // namespace

void append_cifar(std::span<const std::uint8_t> bytes, int label_bytes, std::string_view place, ImageSet& images) {
  const std::size_t labels = static_cast<std::size_t>(label_bytes);
  const std::size_t record = labels + kPixelBytes;
  if (bytes.empty() || bytes.size() % record != 0) {
    throw DataError(place, "expected a whole number of records of {} bytes, at least one; got {} bytes", record,
                    bytes.size());
  }
  const std::size_t classes = images.class_names.size();
  for (std::size_t offset = labels - 1; offset < bytes.size(); offset += record) {
    if (bytes[offset] >= classes) {
      throw DataError(place, "expected a label below {} at offset {}; got {}", classes, offset, bytes[offset]);
    }
  }
  const std::size_t count = bytes.size() / record;
  for (; !bytes.empty(); bytes = bytes.subspan(record)) {
    images.labels.push_back(bytes[labels - 1]);
    images.pixels.insert(images.pixels.end(), bytes.begin() + label_bytes,
                         bytes.begin() + static_cast<std::ptrdiff_t>(record));
  }
  images.count += static_cast<int>(count);
}

std::vector<std::string> parse_class_names(std::string_view text, std::size_t count, std::string_view place) {
  std::vector<std::string> names;
  std::istringstream lines(plain_text(text, place));
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) names.push_back(line);
  }
  if (names.size() != count) throw DataError(place, "expected {} class names, one a line; got {}", count, names.size());
  return names;
}

Options CifarFolder::options() {
  return {{"dir", &dir, "folder of the binary version's files, as they are or with .gz or .xz", {}}};
}

// NAS-Bench-201's constants (arXiv 2001.00326, its published training code), rounded as it rounds them.
std::optional<Normalisation> Cifar10::published() {
  return Normalisation{.mean = {125.3, 123.0, 113.9}, .deviation = {63.0, 62.1, 66.7}};
}
void Cifar10::check() const { check_dir(cifar10_layout(), dir); }
DataFacts Cifar10::facts() const { return facts_of(cifar10_layout(), dir); }
std::vector<std::filesystem::path> Cifar10::files() const { return files_of(cifar10_layout(), dir); }
Sets Cifar10::read(std::uint64_t /*seed*/) const { return read_sets(cifar10_layout(), dir); }

std::optional<Normalisation> Cifar100::published() {
  return Normalisation{.mean = {129.3, 124.1, 112.4}, .deviation = {68.2, 65.4, 70.4}};
}
void Cifar100::check() const { check_dir(cifar100_layout(), dir); }
DataFacts Cifar100::facts() const { return facts_of(cifar100_layout(), dir); }
std::vector<std::filesystem::path> Cifar100::files() const { return files_of(cifar100_layout(), dir); }
Sets Cifar100::read(std::uint64_t /*seed*/) const { return read_sets(cifar100_layout(), dir); }

}  // namespace tse
