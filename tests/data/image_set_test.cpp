#include "tse/data/image_set.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <set>

#include "data/random_images.h"

namespace tse {
namespace {

TEST(ImageSet, MeasuresWhatASlowLoopMeasures) {
  const ImageSet images = random_images(20, 3, 5, 4, 1);
  const std::vector<int> indices = {3, 19, 0, 7};
  const Normalisation measured = measure(images, indices);
  for (std::size_t channel = 0; channel < 3; ++channel) {
    std::vector<double> values;
    for (const int index : indices) {
      for (std::size_t k = 0; k < 20; ++k) values.push_back(images.image(index)[channel * 20 + k]);
    }
    double mean = 0;
    for (const double value : values) mean += value / static_cast<double>(values.size());
    double variance = 0;
    for (const double value : values) variance += (value - mean) * (value - mean) / static_cast<double>(values.size());
    EXPECT_NEAR(measured.mean[channel], mean, 1e-10);
    EXPECT_NEAR(measured.deviation[channel], std::sqrt(variance), 1e-10);
  }
}

TEST(ImageSet, GivesAConstantChannelDeviationOne) {
  ImageSet images{
      .count = 1, .channels = 1, .height = 1, .width = 2, .pixels = {9, 9}, .labels = {0}, .class_names = {"a"}};
  EXPECT_EQ(measure(images, std::vector<int>{0}), (Normalisation{.mean = {9}, .deviation = {1}}));
}

// python3 -c: hashlib.sha256 over struct.pack("<QQQQQ", 2, 1, 1, 2, 2), per name struct.pack("<Q", len) and the name,
// labels as "<H", then the pixels
TEST(ImageSet, DigestIsWhatItsDocumentationSays) {
  const ImageSet images{.count = 2,
                        .channels = 1,
                        .height = 1,
                        .width = 2,
                        .pixels = {1, 2, 3, 255},
                        .labels = {1, 0},
                        .class_names = {"cat", "dog"}};
  EXPECT_EQ(digest(images), "8ebf444deb058537199a4504f22ab843495de9714ca11dd42b5c1e2dc1654e73");
}

TEST(ImageSet, DigestSeesEveryPart) {
  const ImageSet images = random_images(4, 2, 3, 5, 2);
  std::set<std::string> digests = {digest(images)};
  const std::vector<std::function<void(ImageSet&)>> changes = {
      [](ImageSet& set) { ++set.pixels.back(); }, [](ImageSet& set) { set.labels[2] ^= 1U; },
      [](ImageSet& set) { set.class_names[1] = "bb"; }, [](ImageSet& set) { std::swap(set.height, set.width); },
      [](ImageSet& set) { std::swap(set.class_names[0], set.class_names[1]); }};
  for (const auto& change : changes) {
    ImageSet changed = images;
    change(changed);
    EXPECT_TRUE(digests.insert(digest(changed)).second);
  }
}

}  // namespace
}  // namespace tse
