// Max pooling and moves of values against plain loops over random shapes.

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "cpu/kernels.h"
#include "cpu/samples.h"

namespace tse::cpu {
namespace {

int between(Stream& random, int least, int most) {
  return least + static_cast<int>(random.below(static_cast<std::uint64_t>(most - least + 1)));
}

class InEachStorage : public testing::TestWithParam<Storage> {};

TEST_P(InEachStorage, MaxPoolGivesItsGradientToTheFirstOfTheLargest) {
  Stream random(5);
  for (int round = 0; round < 200; ++round) {
    Window w{.kernel = between(random, 1, 3),
             .stride = between(random, 1, 2),
             .channels = between(random, 1, 40),
             .height = between(random, 3, 7),
             .width = between(random, 3, 7)};
    w.padding = between(random, 0, w.kernel / 2);
    w.out_height = (w.height + 2 * w.padding - w.kernel) / w.stride + 1;
    w.out_width = (w.width + 2 * w.padding - w.kernel) / w.stride + 1;
    const int images = between(random, 1, 3);
    const auto pixels = static_cast<std::size_t>(images * w.height * w.width);
    const auto out_pixels = static_cast<std::size_t>(images * w.out_height * w.out_width);
    const auto channels = static_cast<std::size_t>(w.channels);
    std::vector<float> x(pixels * channels);
    for (float& value : x) value = static_cast<float>(between(random, -3, 3));  // many equals
    const auto dy = random_values(out_pixels * channels, random, GetParam());
    std::vector<float> y(dy.size(), -std::numeric_limits<float>::infinity()), dx(x.size());
    for (std::size_t o = 0; o < y.size(); ++o) {
      const int channel = static_cast<int>(o % channels);
      const int pixel = static_cast<int>(o / channels);
      const int image = pixel / (w.out_height * w.out_width);
      const int top = pixel / w.out_width % w.out_height * w.stride - w.padding;
      const int left = pixel % w.out_width * w.stride - w.padding;
      std::size_t best = 0;
      for (int row = std::max(0, top); row < std::min(w.height, top + w.kernel); ++row) {
        for (int column = std::max(0, left); column < std::min(w.width, left + w.kernel); ++column) {
          const auto at =
              static_cast<std::size_t>(((image * w.height + row) * w.width + column) * w.channels + channel);
          if (x[at] > y[o]) y[o] = x[at], best = at;
        }
      }
      dx[best] += dy[o];
    }
    Activations ax(GetParam(), x), ady(GetParam(), dy), ay(GetParam(), y.size()), adx(GetParam(), dx.size());
    maximum(GetParam(), w, images, ax.data(), ay.data());
    maximum_gradient(GetParam(), w, images, ax.data(), ay.data(), ady.data(), adx.data());
    EXPECT_EQ(ay.values(), y);
    for (std::size_t i = 0; i < dx.size(); ++i) {
      ASSERT_NEAR(adx.values()[i], dx[i], tolerance(GetParam(), 1 + std::abs(dx[i])));
    }
  }
}

TEST_P(InEachStorage, MovesPutEveryValueInItsPlace) {
  Stream random(6);
  for (int round = 0; round < 300; ++round) {
    Places p{.height = between(random, 1, 5), .width = between(random, 1, 5), .channels = 4 * between(random, 1, 5)};
    p.from_first = between(random, 0, 3);
    p.to_first = between(random, 0, 3);
    p.from_channels = p.from_first + p.channels + between(random, 0, 2);
    p.to_channels = p.to_first + p.channels + between(random, 0, 2);
    p.groups = 1 << between(random, 0, 2);
    p.shift = between(random, 0, 1) * between(random, -6, 6);
    p.clear = p.shift != 0 || between(random, 0, 1) == 1;
    const int images = between(random, 1, 3);
    const auto pixels = static_cast<std::size_t>(images * p.height * p.width);
    const auto from = random_values(pixels * static_cast<std::size_t>(p.from_channels), random, GetParam());
    const auto before = random_values(pixels * static_cast<std::size_t>(p.to_channels), random, GetParam());
    std::vector<float> expected(before.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const int channel = static_cast<int>(i) % p.to_channels - p.to_first;
      const int pixel = static_cast<int>(i) / p.to_channels;
      const int y = pixel / p.width % p.height + p.shift;
      const int x = pixel % p.width + p.shift;
      const int image = pixel / p.width / p.height;
      if (channel < 0 || channel >= p.channels) {
        expected[i] = p.clear ? 0 : before[i];
      } else if (y >= 0 && y < p.height && x >= 0 && x < p.width) {
        const int source = channel % p.groups * (p.channels / p.groups) + channel / p.groups;
        expected[i] = from[static_cast<std::size_t>(((image * p.height + y) * p.width + x) * p.from_channels +
                                                    p.from_first + source)];
      }
    }
    Activations a(GetParam(), from), to(GetParam(), before);
    move_values(GetParam(), p, images, a.data(), to.data());
    ASSERT_EQ(to.values(), expected) << round;
  }
}

TEST_P(InEachStorage, ProductsAreOverEveryValue) {
  Stream random(7);
  for (const std::size_t count : {1U, 63U, 64U, 65U, 1000U}) {
    const auto g = random_values(count, random, GetParam());
    const auto x = random_values(count, random, GetParam());
    double expected = 0;
    for (std::size_t i = 0; i < count; ++i) expected += static_cast<double>(g[i]) * x[i];
    Activations ag(GetParam(), g), ax(GetParam(), x);
    EXPECT_NEAR(product(GetParam(), ag.data(), ax.data(), count), expected, 1e-4) << count;
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, InEachStorage, testing::Values(Storage::fp32, Storage::bf16),
                         [](const auto& instance) { return instance.param == Storage::bf16 ? "bf16" : "fp32"; });

}  // namespace
}  // namespace tse::cpu
