#include "cpu/convolution.h"

#include <gtest/gtest.h>

#include "cpu/samples.h"

namespace tse::cpu {
namespace {

struct Case {
  ConvolutionShape shape;
  int images;
};

Case make_case(int images, int in, int size, int out, int kernel, int stride, int groups = 1, int dilation = 1) {
  const int reach = dilation * (kernel - 1);
  const int padding = reach / 2;
  const int out_size = (size + 2 * padding - reach - 1) / stride + 1;
  return {.shape = {.in = in,
                    .height = size,
                    .width = size + 1,
                    .out = out,
                    .out_height = out_size,
                    .out_width = (size + 2 * padding - reach) / stride + 1,
                    .kernel = kernel,
                    .stride = stride,
                    .padding = padding,
                    .dilation = dilation,
                    .groups = groups},
          .images = images};
}

Case with_bias(Case c) {
  c.shape.bias = true;
  return c;
}

/// Calls visit(index in x, in w, in y) for each product that a convolution adds up.
template <class Visit>
void each_product(const Case& c, const Visit& visit) {
  const ConvolutionShape& s = c.shape;
  for (int n = 0; n < c.images; ++n) {
    for (int oy = 0; oy < s.out_height; ++oy) {
      for (int ox = 0; ox < s.out_width; ++ox) {
        for (int ky = 0; ky < s.kernel; ++ky) {
          for (int kx = 0; kx < s.kernel; ++kx) {
            const int iy = oy * s.stride - s.padding + ky * s.dilation;
            const int ix = ox * s.stride - s.padding + kx * s.dilation;
            if (iy < 0 || ix < 0 || iy >= s.height || ix >= s.width) continue;
            const int in = s.in / s.groups;  // of one group
            for (int o = 0; o < s.out; ++o) {
              for (int i = 0; i < in; ++i) {
                const int channel = o / (s.out / s.groups) * in + i;
                visit(static_cast<std::size_t>(((n * s.height + iy) * s.width + ix) * s.in + channel),
                      static_cast<std::size_t>(((o * s.kernel + ky) * s.kernel + kx) * in + i),
                      static_cast<std::size_t>(((n * s.out_height + oy) * s.out_width + ox) * s.out + o));
              }
            }
          }
        }
      }
    }
  }
}

class ConvolutionTest : public testing::TestWithParam<Case> {};

TEST_P(ConvolutionTest, AndItsGradientsAreTheirDefinition) {
  const Case& c = GetParam();
  const ConvolutionShape& s = c.shape;
  const auto n = static_cast<std::size_t>(c.images);
  const std::size_t in = n * static_cast<std::size_t>(s.height * s.width * s.in);
  const std::size_t out = n * static_cast<std::size_t>(s.out_height * s.out_width * s.out);
  const auto weights = static_cast<std::size_t>(s.out * s.kernel * s.kernel * s.in / s.groups);
  for (const Storage storage : {Storage::fp32, Storage::bf16}) {
    Stream stream(4);
    const auto x = random_values(in, stream, storage);
    const auto w = random_values(weights, stream, storage);
    const auto g = random_values(out, stream, storage);
    const auto b = random_values(static_cast<std::size_t>(s.out), stream, storage);
    Activations ax(storage, x), ag(storage, g), y(storage, out), dx(storage, in);
    Convolution convolution(s, storage, true, 1);
    convolution.prepare(c.images, true);
    convolution.begin(w.data(), s.bias ? b.data() : nullptr);
    convolution.forward(0, c.images, ax.data(), y.data());
    convolution.backward(0, c.images, ax.data(), ag.data(), dx.data());
    convolution.backward(0, c.images, ax.data(), ag.data(), nullptr);  // adds up
    std::vector<float> dw(weights, 99), db(b.size(), 99);
    convolution.finish(dw.data(), s.bias ? db.data() : nullptr);

    std::vector<double> expected_y(out), expected_dx(in), expected_dw(weights), expected_db(b.size());
    for (std::size_t o = 0; o < out; ++o) {
      const std::size_t channel = o % b.size();
      if (s.bias) expected_y[o] = b[channel];
      expected_db[channel] += 2 * static_cast<double>(g[o]);
    }
    each_product(c, [&](std::size_t i, std::size_t k, std::size_t o) {
      expected_y[o] += static_cast<double>(x[i]) * w[k];
      expected_dx[i] += static_cast<double>(g[o]) * w[k];
      expected_dw[k] += 2 * static_cast<double>(g[o]) * x[i];
    });
    const double terms = s.in * s.kernel * s.kernel;
    const double outputs = s.out * s.kernel * s.kernel;
    for (std::size_t i = 0; i < out; ++i) {
      ASSERT_NEAR(y.values()[i], expected_y[i], tolerance(storage, 1 + std::abs(expected_y[i])) + terms * 1e-6) << i;
    }
    for (std::size_t i = 0; i < in; ++i) {
      ASSERT_NEAR(dx.values()[i], expected_dx[i], tolerance(storage, 1 + std::abs(expected_dx[i])) + outputs * 1e-6);
    }
    // the gradient of the weights is fp32 in either storage
    for (std::size_t i = 0; i < weights; ++i) {
      ASSERT_NEAR(dw[i], expected_dw[i], 1e-4 * (1 + std::abs(expected_dw[i]))) << i;
    }
    for (std::size_t i = 0; s.bias && i < db.size(); ++i) {
      ASSERT_NEAR(db[i], expected_db[i], 1e-4 * (1 + std::abs(expected_db[i]))) << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, ConvolutionTest,
                         testing::Values(make_case(2, 16, 8, 16, 3, 1), make_case(1, 3, 7, 16, 3, 1),
                                         make_case(3, 5, 6, 7, 3, 1), make_case(1, 16, 9, 32, 3, 2),
                                         make_case(2, 8, 5, 8, 1, 1), make_case(1, 1, 1, 1, 1, 1),
                                         make_case(2, 17, 6, 33, 1, 2), make_case(1, 4, 4, 4, 5, 1),
                                         make_case(8, 4, 16, 4, 3, 1), make_case(8, 4, 16, 8, 3, 2),
                                         make_case(8, 8, 8, 8, 3, 1), make_case(8, 4, 16, 4, 1, 1)));

INSTANTIATE_TEST_SUITE_P(Grouped, ConvolutionTest,
                         testing::Values(make_case(2, 16, 8, 32, 3, 1, 4), make_case(1, 6, 7, 9, 3, 2, 3),
                                         make_case(2, 8, 6, 16, 1, 1, 8)));

INSTANTIATE_TEST_SUITE_P(Dilated, ConvolutionTest,
                         testing::Values(make_case(2, 16, 9, 16, 3, 1, 1, 2), make_case(1, 3, 8, 5, 3, 2, 1, 3)));

INSTANTIATE_TEST_SUITE_P(Depthwise, ConvolutionTest,
                         testing::Values(make_case(2, 16, 8, 16, 3, 1, 16), make_case(1, 5, 7, 5, 3, 2, 5),
                                         make_case(3, 33, 6, 33, 5, 1, 33), make_case(2, 18, 9, 18, 5, 2, 18, 2),
                                         make_case(1, 64, 4, 64, 3, 1, 64, 2), make_case(1, 2, 1, 2, 3, 1, 2),
                                         make_case(2, 16, 3, 16, 1, 2, 16), make_case(1, 4, 2, 4, 7, 1, 4)));

INSTANTIATE_TEST_SUITE_P(WithBias, ConvolutionTest,
                         testing::Values(with_bias(make_case(2, 16, 8, 16, 3, 1)),
                                         with_bias(make_case(3, 5, 6, 7, 1, 2)),
                                         with_bias(make_case(8, 4, 16, 4, 3, 1)),
                                         with_bias(make_case(2, 6, 7, 6, 3, 1, 6))));

TEST(ConvolutionTest, AddsUpWhatLanesAndSizesFound) {
  const Case c = make_case(1, 16, 6, 16, 3, 1);
  Stream stream(8);
  const auto in = static_cast<std::size_t>(c.shape.height * c.shape.width * 16);
  const auto x = random_values(3 * in, stream);
  const auto g = random_values(3 * in, stream);
  const auto w = random_values(16 * 9 * 16, stream);
  std::vector<float> together(w.size()), apart(w.size());
  Convolution whole(c.shape, Storage::fp32, false, 1);
  whole.prepare(3, true);
  whole.begin(w.data());
  whole.backward(0, 3, x.data(), g.data(), nullptr);
  whole.finish(together.data());
  Convolution parts(c.shape, Storage::fp32, false, 2);
  parts.prepare(1, true);
  parts.prepare(2, true);
  parts.begin(w.data());
  parts.backward(0, 1, x.data(), g.data(), nullptr);
  parts.backward(1, 2, x.data() + in, g.data() + in, nullptr);
  parts.finish(apart.data());
  for (std::size_t i = 0; i < w.size(); ++i) EXPECT_NEAR(apart[i], together[i], 1e-4);
}

}  // namespace
}  // namespace tse::cpu
