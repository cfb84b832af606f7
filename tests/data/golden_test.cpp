// What each real data set looks like, as text beside this file, so that a change of a reader is read as meaning.
// golden_check.py finds the same numbers without any of our code. With TSE_WRITE_GOLDEN set the texts are written anew.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>

#include "tse/base/file.h"
#include "tse/data/cifar.h"
#include "tse/data/data.h"

namespace tse {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(TSE_SOURCE) / "tests/data";

std::string describe(const ImageSet& images, const char* name) {
  std::vector<int> all(static_cast<std::size_t>(images.count));
  std::iota(all.begin(), all.end(), 0);
  const Normalisation measured = measure(images, all);
  std::vector<long> counts;
  for (int label = 0; label < images.classes(); ++label) counts.push_back(std::ranges::count(images.labels, label));
  std::string text =
      fmt::format("{}: {} images of {}x{}x{}\n", name, images.count, images.channels, images.height, images.width);
  text += fmt::format("  first labels: {}\n", fmt::join(std::span(images.labels).first(12), " "));
  text += fmt::format("  images per class: {} to {}\n", std::ranges::min(counts), std::ranges::max(counts));
  text += fmt::format("  mean: {:.4f}\n  deviation: {:.4f}\n", fmt::join(measured.mean, " "),
                      fmt::join(measured.deviation, " "));
  text += fmt::format("  digest: {}\n", digest(images));
  return text;
}

std::string describe(const DataSet& data) {
  std::string text = fmt::format("classes: {}\n", fmt::join(data.train.class_names, ", "));
  text += describe(data.train, "train") + describe(data.test, "test");
  text += fmt::format("split: {} train, first {}; {} valid, first {}\n", data.split.train.size(),
                      fmt::join(std::span(data.split.train).first(5), " "), data.split.valid.size(),
                      fmt::join(std::span(data.split.valid).first(5), " "));
  text += fmt::format("digest: {}\n", data.digest);
  return text;
}

void compare(const std::string& name, const std::string& spec) {
  const std::filesystem::path file = kFolder / ("golden_" + name + ".txt");
  const std::string text = describe(make_data(spec)->load(0.5));
  if (std::getenv("TSE_WRITE_GOLDEN") != nullptr) std::ofstream(file) << text;
  EXPECT_EQ(text, as_text(read_file(file, 1U << 20U)));
}

TEST(Golden, FashionMnist) {
  if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist"))
    GTEST_SKIP() << "Debian's dataset-fashion-mnist is not installed";
  compare("fashion-mnist", "fashion-mnist");
}

// Unpacking all of CIFAR-10 takes long, so the suite looks at its test set only.
TEST(Golden, Cifar10TestSet) {
  const std::filesystem::path dir = TSE_SHARED "/data/cifar10";
  if (!std::filesystem::exists(dir)) GTEST_SKIP() << dir << " is not there";
  const Bytes names = read_file(dir / "batches.meta.txt", 1000);
  ImageSet images{.channels = 3, .height = 32, .width = 32, .pixels = {}, .labels = {}, .class_names = {}};
  images.class_names = parse_class_names(as_text(names), 10, "names");
  append_cifar(read_unpacked(dir / "test_batch.bin.xz", 40'000'000), 1, "test_batch.bin.xz", images);
  EXPECT_THAT(std::string(as_text(read_file(kFolder / "golden_cifar10.txt", 1U << 20U))),
              testing::HasSubstr(describe(images, "test")));
}

TEST(Golden, Cifar10) {
  const std::string dir = TSE_SHARED "/data/cifar10";
  if (!std::filesystem::exists(dir)) GTEST_SKIP() << dir << " is not there";
  if (std::getenv("TSE_LONG_TESTS") == nullptr) GTEST_SKIP() << "takes long; runs where TSE_LONG_TESTS is set";
  compare("cifar10", "cifar10:dir=" + dir);
}

TEST(Golden, Cifar100) {
  const std::string dir = TSE_SHARED "/data/cifar100-small";
  if (!std::filesystem::exists(dir)) GTEST_SKIP() << dir << " is not there";
  compare("cifar100", "cifar100:dir=" + dir);
}

}  // namespace
}  // namespace tse
