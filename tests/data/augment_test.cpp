#include "tse/data/augment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "data/random_images.h"

namespace tse {
namespace {

/// Pixel by pixel, straight from the definitions: flip, pad with zero bytes, crop, normalise, cut out.
std::vector<float> reference(const ImageSet& images, int index, const Draw& draw, const Normalisation& normalisation) {
  std::vector<float> out;
  for (int y = 0; y < images.height; ++y) {
    for (int x = 0; x < images.width; ++x) {
      for (int c = 0; c < images.channels; ++c) {
        const int from_y = y + draw.dy;
        int from_x = x + draw.dx;
        int byte = 0;
        if (from_y >= 0 && from_y < images.height && from_x >= 0 && from_x < images.width) {
          if (draw.mirror) from_x = images.width - 1 - from_x;
          byte = images.image(index)[static_cast<std::size_t>((c * images.height + from_y) * images.width + from_x)];
        }
        const auto k = static_cast<std::size_t>(c);
        double value = (byte - normalisation.mean[k]) / normalisation.deviation[k];
        if (y >= draw.cut_top && y < draw.cut_bottom && x >= draw.cut_left && x < draw.cut_right) value = 0;
        out.push_back(static_cast<float>(value));
      }
    }
  }
  return out;
}

TEST(Augment, WritesWhatTheDefinitionSays) {
  const ImageSet images = random_images(5, 3, 9, 12, 1);
  const Normalisation normalisation{.mean = {125.3, 100, 7}, .deviation = {63, 1, 70.4}};
  const PixelTable table = make_pixel_table(normalisation);
  Stream stream(2);
  std::vector<float> out(images.image_bytes());
  for (int round = 0; round < 500; ++round) {
    const Augment augment{.flip = true,
                          .crop = static_cast<int>(stream.below(14)),  // wider than the image, too
                          .cutout = static_cast<int>(stream.below(14))};
    const Draw drawn = draw(augment, images.height, images.width, stream);
    write_augmented(images, round % 5, drawn, table, out.data());
    ASSERT_EQ(out, reference(images, round % 5, drawn, normalisation)) << round;
  }
}

TEST(Augment, WithoutAnythingOnlyNormalises) {
  Stream stream(1);
  const std::uint64_t untouched = Stream(1)();
  EXPECT_EQ(draw(Augment{}, 32, 32, stream), Draw{});
  EXPECT_EQ(stream(), untouched);
}

TEST(Augment, DrawsUniformly) {
  constexpr int kDraws = 40'000;
  Stream stream(5);
  std::map<int, int> rows;
  std::map<int, int> columns;
  int mirrored = 0;
  double cut_rows = 0;
  for (int i = 0; i < kDraws; ++i) {
    const Draw drawn = draw({.flip = true, .crop = 4, .cutout = 16}, 32, 32, stream);
    ++rows[drawn.dy];
    ++columns[drawn.dx];
    mirrored += drawn.mirror ? 1 : 0;
    EXPECT_TRUE(drawn.cut_top >= 0 && drawn.cut_bottom <= 32 && drawn.cut_left >= 0 && drawn.cut_right <= 32);
    cut_rows += drawn.cut_bottom - drawn.cut_top;
  }
  // five standard deviations of a binomial
  EXPECT_NEAR(mirrored, kDraws / 2, 500);
  EXPECT_EQ(rows.size(), 9U);
  EXPECT_EQ(columns.size(), 9U);
  for (const auto& [shift, count] : rows) EXPECT_NEAR(count, kDraws / 9.0, 320) << shift;
  for (const auto& [shift, count] : columns) EXPECT_NEAR(count, kDraws / 9.0, 320) << shift;
  // centre y keeps min(y + 8, 32) - max(y - 8, 0) of 16 rows
  double expected = 0;
  for (int y = 0; y < 32; ++y) expected += (std::min(y + 8, 32) - std::max(y - 8, 0)) / 32.0;
  EXPECT_NEAR(cut_rows / kDraws, expected, 0.1);
}

/// Boxes as torchvision's RandomResizedCrop draws them: within the image, of shares and shapes within their ranges but
/// for the rounding, both spread as they should be where no box can be refused for sticking out.
TEST(Augment, DrawsBoxesOfAllSharesAndShapes) {
  constexpr int kDraws = 20'000;
  Stream stream(3);
  double shares = 0;
  double wide = 0;
  double tops = 0;
  for (int i = 0; i < kDraws; ++i) {
    const Box box = draw({.resized_crop = 0.08}, 64, 64, stream).box;
    ASSERT_TRUE(box.top >= 0 && box.left >= 0 && box.height > 0 && box.width > 0);
    ASSERT_TRUE(box.top + box.height <= 64 && box.left + box.width <= 64);
    const double share = box.height * box.width / 4096.0;
    const double ratio = static_cast<double>(box.width) / box.height;
    EXPECT_GT(share, 0.07);
    EXPECT_GT(ratio, 0.75 * 0.9);
    EXPECT_LT(ratio, 4.0 / 3 * 1.1);
    shares += share;
    wide += std::log(ratio);
    tops += box.height < 64 ? static_cast<double>(box.top) / (64 - box.height) : 0.5;
  }
  EXPECT_LT(shares / kDraws, 0.54);  // the largest boxes stick out more often
  EXPECT_GT(shares / kDraws, 0.45);
  EXPECT_NEAR(wide / kDraws, 0, 0.01);
  EXPECT_NEAR(tops / kDraws, 0.5, 0.01);
  const Box whole = draw({.resized_crop = 1}, 4, 64, stream).box;  // none of the shape fits
  EXPECT_EQ(whole, (Box{.top = 0, .left = 0, .height = 4, .width = 64}));
}

TEST(Augment, DependsOnTheStreamAlone) {
  const Augment augment{.flip = true, .crop = 4, .cutout = 8};
  Stream first(9);
  Stream second(9);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(draw(augment, 32, 32, first), draw(augment, 32, 32, second));
}

}  // namespace
}  // namespace tse
