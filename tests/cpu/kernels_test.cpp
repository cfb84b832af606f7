#include "cpu/kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "cpu/samples.h"
#include "tse/cpu/sgd.h"

namespace tse::cpu {
namespace {

/// Fewer channels than a vector, a vector, odd, and more; pixels that end in the middle of a vector.
struct Case {
  Storage storage;
  int channels;
  std::size_t pixels;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const Storage storage : {Storage::fp32, Storage::bf16}) {
    for (const int channels : {1, 3, 8, 16, 17, 24, 64, 130}) {
      for (const std::size_t pixels : {1U, 7U, 64U, 301U}) all.push_back({storage, channels, pixels});
    }
  }
  return all;
}

class Kernels : public testing::TestWithParam<Case> {
 protected:
  std::size_t count() const { return GetParam().pixels * channels(); }
  std::size_t channels() const { return static_cast<std::size_t>(GetParam().channels); }
  std::vector<float> values() { return random_values(count(), stream_, GetParam().storage); }
  Activations in(const std::vector<float>& values) const { return {GetParam().storage, values}; }
  Activations out() const { return {GetParam().storage, count()}; }

  void expect_near(const std::vector<float>& actual, const std::vector<double>& expected, double scale) const {
    ASSERT_EQ(actual.size(), expected.size());
    for (std::size_t i = 0; i < actual.size(); ++i) {
      ASSERT_NEAR(actual[i], expected[i], tolerance(GetParam().storage, scale)) << i;
    }
  }

  Stream stream_{7};
};

TEST_P(Kernels, CombineIsTheSumOfItsTerms) {
  const auto x = values();
  const auto y = values();
  const auto z = values();
  const auto mask = values();
  const auto scale = random_values(channels(), stream_);
  const auto shift = random_values(channels(), stream_);
  Activations ax = in(x), ay = in(y), az = in(z), amask = in(mask), sum = out(), relu = out();
  ChannelTile scales, shifts;
  fill(scales, scale);
  fill(shifts, shift);
  const Term terms[] = {{.x = ax.data(), .scale = scales.data(), .shift = shifts.data(), .mask = amask.data()},
                        {.x = ay.data(), .scale = nullptr, .shift = nullptr, .mask = nullptr},
                        {.x = az.data(), .scale = nullptr, .shift = nullptr, .mask = amask.data()},
                        {.x = az.data(), .scale = scales.data(), .shift = shifts.data(), .mask = nullptr}};
  combine(GetParam().storage, terms, count(), scales.size(), sum.data(), relu.data());
  std::vector<double> expected, positive;
  for (std::size_t i = 0; i < count(); ++i) {
    const double a = scale[i % channels()];
    const double b = shift[i % channels()];
    const double value = (mask[i] > 0 ? a * x[i] + b + z[i] : 0) + y[i] + a * z[i] + b;
    expected.push_back(value);
    positive.push_back(std::max(0.0, value));
  }
  expect_near(sum.values(), expected, 4);
  expect_near(relu.values(), positive, 4);
}

TEST_P(Kernels, CombineOfNothingIsZeroAndEitherResultMayBeLeftOut) {
  Activations sum = in(values());
  combine(GetParam().storage, {}, count(), tile_length(GetParam().channels), sum.data(), nullptr);
  expect_near(sum.values(), std::vector<double>(count()), 1e-9);
  const auto x = values();
  Activations ax = in(x), relu = out();
  const Term term{.x = ax.data(), .scale = nullptr, .shift = nullptr, .mask = nullptr};
  combine(GetParam().storage, {&term, 1}, count(), tile_length(GetParam().channels), nullptr, relu.data());
  for (std::size_t i = 0; i < count(); ++i) EXPECT_EQ(relu.values()[i], std::max(0.0F, x[i]));
}

TEST_P(Kernels, MomentsGiveMeanAndVariance) {
  auto y = values();
  for (std::size_t i = 0; i < count(); ++i) y[i] += static_cast<float>(i % channels() % 5);
  Activations ay = in(y);
  y = ay.values();
  std::vector<float> pivot(channels()), first(channels()), second(channels());
  moments(GetParam().storage, ay.data(), count(), GetParam().channels, pivot.data(), first.data(), second.data());
  const auto n = static_cast<double>(GetParam().pixels);
  for (std::size_t c = 0; c < channels(); ++c) {
    double mean = 0;
    for (std::size_t i = c; i < count(); i += channels()) mean += y[i] / n;
    double variance = 0;
    for (std::size_t i = c; i < count(); i += channels()) variance += (y[i] - mean) * (y[i] - mean) / n;
    EXPECT_NEAR(pivot[c] + first[c] / n, mean, 1e-5);
    EXPECT_NEAR((second[c] - first[c] / n * first[c]) / n, variance, 1e-5);
  }
}

TEST_P(Kernels, ReduceSumsGradientsAndProducts) {
  const auto g = values();
  const auto y = values();
  const auto mean = random_values(channels(), stream_);
  Activations ag = in(g), ay = in(y);
  ChannelTile means;
  fill(means, mean);
  std::vector<float> sum(channels()), products(channels());
  reduce(GetParam().storage, ag.data(), ay.data(), count(), GetParam().channels, means.data(), sum.data(),
         products.data());
  for (std::size_t c = 0; c < channels(); ++c) {
    double s = 0;
    double p = 0;
    for (std::size_t i = c; i < count(); i += channels()) {
      s += g[i];
      p += static_cast<double>(g[i]) * (y[i] - mean[c]);
    }
    EXPECT_NEAR(sum[c], s, 1e-6 * static_cast<double>(GetParam().pixels) + 1e-6);
    EXPECT_NEAR(products[c], p, 2e-6 * static_cast<double>(GetParam().pixels) + 1e-6);
  }
}

TEST_P(Kernels, GlobalAverageAndItsGradient) {
  const auto x = values();
  Activations ax = in(x), dx = out();
  std::vector<float> mean(channels());
  global_average(GetParam().storage, ax.data(), 1, GetParam().pixels, channels(), mean.data());
  const auto g = random_values(channels(), stream_);
  global_average_gradient(GetParam().storage, g.data(), 1, GetParam().pixels, channels(), dx.data());
  const auto n = static_cast<double>(GetParam().pixels);
  std::vector<double> gradient(count());
  for (std::size_t c = 0; c < channels(); ++c) {
    double expected = 0;
    for (std::size_t i = c; i < count(); i += channels()) {
      expected += x[i] / n;
      gradient[i] = g[c] / n;
    }
    EXPECT_NEAR(mean[c], expected, 1e-6);
  }
  expect_near(dx.values(), gradient, 1 / n);
}

TEST_P(Kernels, StoredValuesAreTheNearestOnes) {
  const auto x = random_values(count(), stream_);
  Activations stored = out();
  store_values(GetParam().storage, x.data(), count(), stored.data());
  std::vector<float> back(count());
  load_values(GetParam().storage, stored.data(), count(), back.data());
  for (std::size_t i = 0; i < count(); ++i) {
    EXPECT_EQ(back[i], GetParam().storage == Storage::bf16 ? rounded_to_bf16(x[i]) : x[i]);
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, Kernels, testing::ValuesIn(cases()), [](const auto& instance) {
  return std::string(instance.param.storage == Storage::bf16 ? "bf16" : "fp32") + "_" +
         std::to_string(instance.param.channels) + "x" + std::to_string(instance.param.pixels);
});

TEST(StoredValues, KeepInfinitiesAndNans) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float values[] = {infinity, -infinity, std::numeric_limits<float>::quiet_NaN(), 0.0F};
  std::uint16_t stored[4];
  float back[4];
  store_values(Storage::bf16, values, 4, stored);
  load_values(Storage::bf16, stored, 4, back);
  EXPECT_EQ(back[0], infinity);
  EXPECT_EQ(back[1], -infinity);
  EXPECT_TRUE(std::isnan(back[2]));
  EXPECT_EQ(back[3], 0);
}

/// Average pooling in float64, straight from its definition, of one image (height, width, channels).
std::vector<double> average_by_definition(const Window& w, const std::vector<double>& x) {
  std::vector<double> y;
  for (int oy = 0; oy < w.out_height; ++oy) {
    for (int ox = 0; ox < w.out_width; ++ox) {
      for (int c = 0; c < w.channels; ++c) {
        double sum = 0;
        int inside = 0;
        for (int ky = 0; ky < w.kernel; ++ky) {
          for (int kx = 0; kx < w.kernel; ++kx) {
            const int iy = oy * w.stride - w.padding + ky;
            const int ix = ox * w.stride - w.padding + kx;
            if (iy < 0 || ix < 0 || iy >= w.height || ix >= w.width) continue;
            sum += x[static_cast<std::size_t>((iy * w.width + ix) * w.channels + c)];
            ++inside;
          }
        }
        y.push_back(sum / inside);
      }
    }
  }
  return y;
}

Window window(int kernel, int stride, int padding, int channels, int height, int width) {
  return {.kernel = kernel,
          .stride = stride,
          .padding = padding,
          .channels = channels,
          .height = height,
          .width = width,
          .out_height = (height + 2 * padding - kernel) / stride + 1,
          .out_width = (width + 2 * padding - kernel) / stride + 1};
}

class AveragePool : public testing::TestWithParam<Window> {};

TEST_P(AveragePool, IsItsDefinitionAndItsGradientThatOfDifferences) {
  const Window& w = GetParam();
  const auto in = static_cast<std::size_t>(w.height * w.width * w.channels);
  const auto out = static_cast<std::size_t>(w.out_height * w.out_width * w.channels);
  constexpr std::size_t kImages = 2;
  for (const Storage storage : {Storage::fp32, Storage::bf16}) {
    Stream stream(3);
    const auto x = random_values(kImages * in, stream, storage);
    const auto g = random_values(kImages * out, stream, storage);
    Activations ax(storage, x), ag(storage, g), y(storage, kImages * out), dx(storage, kImages * in);
    average(storage, w, kImages, false, ax.data(), y.data());
    average(storage, w, kImages, true, ag.data(), dx.data());
    for (std::size_t image = 0; image < kImages; ++image) {
      const auto part = [image](const std::vector<float>& all, std::size_t size) {
        const auto first = all.begin() + static_cast<std::ptrdiff_t>(image * size);
        return std::vector<double>(first, first + static_cast<std::ptrdiff_t>(size));
      };
      const auto function = [&](const std::vector<double>& values) { return average_by_definition(w, values); };
      const auto expected = function(part(x, in));
      const auto gradient = by_differences(function, part(x, in), part(g, out));
      const auto actual = part(y.values(), out);
      const auto actual_gradient = part(dx.values(), in);
      for (std::size_t i = 0; i < out; ++i) ASSERT_NEAR(actual[i], expected[i], tolerance(storage, 1)) << i;
      for (std::size_t i = 0; i < in; ++i) {
        ASSERT_NEAR(actual_gradient[i], gradient[i], tolerance(storage, 4)) << i;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Windows, AveragePool,
                         testing::Values(window(3, 1, 1, 16, 5, 7), window(3, 1, 1, 3, 4, 4), window(3, 1, 1, 9, 1, 1),
                                         window(3, 1, 1, 5, 2, 1), window(2, 2, 0, 8, 6, 4), window(2, 2, 0, 3, 5, 7),
                                         window(3, 2, 1, 4, 7, 6), window(5, 1, 2, 2, 6, 6)));

TEST(Sgd, IsItsFormulaForEveryLength) {
  Stream stream(5);
  for (const bool nesterov : {false, true}) {
    for (const std::size_t count : {1U, 15U, 16U, 33U, 200U}) {
      auto p = random_values(count, stream);
      auto m = random_values(count, stream);
      const auto g = random_values(count, stream);
      const auto p0 = p;
      const auto m0 = m;
      sgd_step({.learning_rate = 0.1F, .momentum = 0.9F, .weight_decay = 5e-4F, .nesterov = nesterov}, g.data(), count,
               m.data(), p.data());
      for (std::size_t i = 0; i < count; ++i) {
        const double d = g[i] + 5e-4 * p0[i];
        const double new_m = 0.9 * m0[i] + d;
        EXPECT_NEAR(m[i], new_m, 1e-6);
        EXPECT_NEAR(p[i], p0[i] - 0.1 * (nesterov ? d + 0.9 * new_m : new_m), 1e-6);
      }
    }
  }
}

}  // namespace
}  // namespace tse::cpu
