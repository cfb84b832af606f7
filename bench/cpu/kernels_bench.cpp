// The kernels, on a block of images as a training's passes hand them: 16 channels of 32x32, in the cache from one call
// to the next. The bytes are those that are read and written, so that the rate compares with `tse bench machine`'s of a
// copy; a convolution's items are operations, two for each multiply-add.

#include <benchmark/benchmark.h>
#include <omp.h>

#include <cstdint>
#include <vector>

#include "cpu/convolution.h"
#include "cpu/kernels.h"
#include "cpu/linear.h"
#include "tse/cpu/sgd.h"

namespace tse::cpu {
namespace {

constexpr int kChannels = 16;
constexpr int kSize = 32;
constexpr int kImages = 4;
constexpr std::size_t kCount = std::size_t{kImages} * kSize * kSize * kChannels;

Storage storage_of(const benchmark::State& state) { return state.range(0) == 16 ? Storage::bf16 : Storage::fp32; }

/// Activations of either storage.
class Values {
 public:
  explicit Values(Storage storage) : data_(kCount * bytes(storage)) {
    std::vector<float> plain(kCount);
    for (std::size_t i = 0; i < kCount; ++i) plain[i] = static_cast<float>(i * 37 % 101) / 50 - 1;
    store_values(storage, plain.data(), kCount, data_.data());
  }
  void* data() { return data_.data(); }

 private:
  std::vector<std::uint8_t> data_;
};

void count_bytes(benchmark::State& state, std::size_t tensors) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(tensors * kCount * bytes(storage_of(state))));
}

/// Batch norms of some convolutions, their sum, and its ReLU: a node of a cell.
void BM_NodeSum(benchmark::State& state) {
  const Storage storage = storage_of(state);
  const auto terms = static_cast<std::size_t>(state.range(1));
  std::vector<Values> inputs(terms, Values(storage));
  Values sum(storage), relu(storage);
  ChannelTile scale, shift;
  fill(scale, std::vector<float>(kChannels, 1.5F));
  fill(shift, std::vector<float>(kChannels, 0.5F));
  std::vector<Term> list;
  for (Values& input : inputs) list.push_back({.x = input.data(), .scale = scale.data(), .shift = shift.data()});
  for (auto _ : state) {
    combine(storage, list, kCount, tile_length(kChannels), sum.data(), relu.data());
    benchmark::ClobberMemory();
  }
  count_bytes(state, terms + 2);
}
BENCHMARK(BM_NodeSum)->ArgsProduct({{32, 16}, {1, 2, 3}})->ArgNames({"bits", "terms"});

void BM_Moments(benchmark::State& state) {
  const Storage storage = storage_of(state);
  Values y(storage);
  std::vector<float> pivot(kChannels), first(kChannels), second(kChannels);
  for (auto _ : state) {
    moments(storage, y.data(), kCount, kChannels, pivot.data(), first.data(), second.data());
    benchmark::DoNotOptimize(first.data());
  }
  count_bytes(state, 1);
}
BENCHMARK(BM_Moments)->Arg(32)->Arg(16)->ArgName("bits");

void BM_Reduce(benchmark::State& state) {
  const Storage storage = storage_of(state);
  Values g(storage), y(storage);
  ChannelTile mean;
  fill(mean, std::vector<float>(kChannels, 0.1F));
  std::vector<float> sum_g(kChannels), sum_gy(kChannels);
  for (auto _ : state) {
    reduce(storage, g.data(), y.data(), kCount, kChannels, mean.data(), sum_g.data(), sum_gy.data());
    benchmark::DoNotOptimize(sum_gy.data());
  }
  count_bytes(state, 2);
}
BENCHMARK(BM_Reduce)->Arg(32)->Arg(16)->ArgName("bits");

void BM_AveragePool(benchmark::State& state) {
  const Storage storage = storage_of(state);
  Values from(storage), to(storage);
  const Window window{.kernel = 3,
                      .stride = 1,
                      .padding = 1,
                      .channels = kChannels,
                      .height = kSize,
                      .width = kSize,
                      .out_height = kSize,
                      .out_width = kSize};
  for (auto _ : state) {
    average(storage, window, kImages, state.range(1) == 1, from.data(), to.data());
    benchmark::ClobberMemory();
  }
  count_bytes(state, 2);
}
BENCHMARK(BM_AveragePool)->ArgsProduct({{32, 16}, {0, 1}})->ArgNames({"bits", "gradient"});

void BM_GlobalAverage(benchmark::State& state) {
  const Storage storage = storage_of(state);
  Values from(storage), to(storage);
  std::vector<float> means(std::size_t{kImages} * kChannels);
  for (auto _ : state) {
    if (state.range(1) == 1) {
      global_average_gradient(storage, means.data(), kImages, kSize * kSize, kChannels, to.data());
    } else {
      global_average(storage, from.data(), kImages, kSize * kSize, kChannels, means.data());
    }
    benchmark::ClobberMemory();
  }
  count_bytes(state, 1);
}
BENCHMARK(BM_GlobalAverage)->ArgsProduct({{32, 16}, {0, 1}})->ArgNames({"bits", "gradient"});

void BM_Convolution(benchmark::State& state) {
  omp_set_num_threads(1);  // oneDNN's, as in a pass
  const Storage storage = storage_of(state);
  const auto kernel = static_cast<int>(state.range(1));
  Convolution convolution({.in = kChannels,
                           .height = kSize,
                           .width = kSize,
                           .out = kChannels,
                           .out_height = kSize,
                           .out_width = kSize,
                           .kernel = kernel,
                           .stride = 1,
                           .padding = kernel / 2},
                          storage, /*input_gradient=*/true, /*lanes=*/1);
  convolution.prepare(kImages, /*training=*/true);
  const std::vector<float> weights(static_cast<std::size_t>(kChannels * kChannels * kernel * kernel), 0.1F);
  convolution.begin(weights.data());
  Values x(storage), y(storage), dx(storage);
  const bool gradients = state.range(2) == 1;
  for (auto _ : state) {
    if (gradients) {
      convolution.backward(0, kImages, x.data(), y.data(), dx.data());
    } else {
      convolution.forward(0, kImages, x.data(), y.data());
    }
    benchmark::ClobberMemory();
  }
  const std::int64_t forward = std::int64_t{2} * kChannels * kernel * kernel * static_cast<std::int64_t>(kCount);
  state.SetItemsProcessed(state.iterations() * forward * (gradients ? 2 : 1));
}
BENCHMARK(BM_Convolution)->ArgsProduct({{32, 16}, {3, 1}, {0, 1}})->ArgNames({"bits", "kernel", "gradients"});

/// The classifier: 64 channels to ten classes.
void BM_Linear(benchmark::State& state) {
  constexpr int kIn = 64;
  constexpr int kOut = 10;
  Linear linear(kIn, kOut, /*lanes=*/1);
  const std::vector<float> weight(std::size_t{kIn} * kOut, 0.1F), bias(kOut);
  linear.begin(weight.data(), bias.data());
  std::vector<float> x(std::size_t{kImages} * kIn, 1), y(std::size_t{kImages} * kOut, 1), dx(x);
  const bool gradients = state.range(0) == 1;
  for (auto _ : state) {
    if (gradients) {
      linear.backward(0, kImages, x.data(), y.data(), dx.data());
    } else {
      linear.forward(kImages, x.data(), y.data());
    }
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * 2 * kImages * kIn * kOut * (gradients ? 2 : 1));
}
BENCHMARK(BM_Linear)->Arg(0)->Arg(1)->ArgName("gradients");

/// Over the weights of one convolution of 64 channels.
void BM_SgdStep(benchmark::State& state) {
  constexpr std::size_t kWeights = std::size_t{64} * 64 * 9;
  const std::vector<float> gradient(kWeights, 0.01F);
  std::vector<float> momentum(kWeights), value(kWeights, 1);
  const SgdStep step{.learning_rate = 1e-6F, .momentum = 0.9F, .weight_decay = 5e-4F, .nesterov = true};
  for (auto _ : state) {
    sgd_step(step, gradient.data(), kWeights, momentum.data(), value.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(5 * kWeights * sizeof(float)));
}
BENCHMARK(BM_SgdStep);

}  // namespace
}  // namespace tse::cpu
