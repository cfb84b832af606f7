#include "tse/data/fashion_mnist.h"

#include <filesystem>

#include "tse/base/error.h"
#include "tse/base/file.h"
#include "tse/data/idx.h"

namespace tse {
namespace {

constexpr int kFashionSide = 28;
constexpr int kFashionImages = 70000;               // training and test
constexpr std::size_t kMostFashionImages = 70'000;  // the official files hold 60,000 and 10,000
constexpr std::size_t kMostFashionBytes = 16 + kMostFashionImages * kFashionSide * kFashionSide;

const std::vector<std::string>& class_names() {
  static const std::vector<std::string> names = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                                 "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
  return names;
}

std::filesystem::path find(const std::string& dir, const char* name) {
  try {
    return find_packed(dir, name);
  } catch (const DataError& error) {
    throw DataError("fashion-mnist", "{} (Debian's package dataset-fashion-mnist has it)", error.what());
  }
}

ImageSet read_part(const std::string& dir, const std::string& part) {
  const std::filesystem::path images = find(dir, (part + "-images-idx3-ubyte").c_str());
  const std::filesystem::path labels = find(dir, (part + "-labels-idx1-ubyte").c_str());
  ImageSet set = parse_idx_images(read_unpacked(images, kMostFashionBytes), read_unpacked(labels, kMostFashionBytes),
                                  class_names(), images.string(), labels.string());
  if (set.height != kFashionSide || set.width != kFashionSide) {
    throw DataError(images.string(), "expected images of {}x{} at offset 8; got {}x{}", kFashionSide, kFashionSide,
                    set.height, set.width);
  }
  return set;
}

}  // namespace

Options FashionMnist::options() { return {{"dir", &dir, "folder with the four IDX files, gzipped or not", {}}}; }

DataFacts FashionMnist::facts() const {
  files();
  return {.channels = 1,
          .height = kFashionSide,
          .width = kFashionSide,
          .classes = static_cast<int>(class_names().size()),
          .images = kFashionImages};
}

std::vector<std::filesystem::path> FashionMnist::files() const {
  return {find(dir, "train-images-idx3-ubyte"), find(dir, "train-labels-idx1-ubyte"),
          find(dir, "t10k-images-idx3-ubyte"), find(dir, "t10k-labels-idx1-ubyte")};
}

Sets FashionMnist::read(std::uint64_t /*seed*/) const {
  return {.train = read_part(dir, "train"), .test = read_part(dir, "t10k")};
}

}  // namespace tse
