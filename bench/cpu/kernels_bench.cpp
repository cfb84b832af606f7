// The kernels between convolutions, on a block of images as a training's passes hand them: 16 channels of 32x32. The
// bytes are those that are read and written, so that the rate compares with `tse bench machine`'s of a copy.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "cpu/kernels.h"

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

}  // namespace
}  // namespace tse::cpu
