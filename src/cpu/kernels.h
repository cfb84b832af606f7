#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "tse/plan/step.h"
#include "tse/plan/value.h"

namespace tse::cpu {

using plan::bytes;
using plan::Places;
using plan::Storage;
using plan::Window;

// All activations are channels-last: pixel by pixel, the channels of one side by side. `count` is of values, and always
// a multiple of the number of channels. What belongs to a channel (a scale, a mean) is repeated to the length of a
// tile, so that no loop needs to know where a pixel ends.

/// Values in a tile: the least multiple of `channels` and of 64 that is 256 or more.
std::size_t tile_length(int channels);

/// One value per channel, repeated to a tile.
using ChannelTile = std::vector<float>;

void fill(ChannelTile& tile, std::span<const float> per_channel);

/// One term of a sum: x, or scale*x + shift, or either where mask > 0 and zero elsewhere.
struct Term {
  const void* x = nullptr;
  const float* scale = nullptr;  // a tile
  const float* shift = nullptr;  // a tile; with scale only
  const void* mask = nullptr;
};

/// sum = the sum of the terms, relu = max(sum, 0); either may be left out. Batch norm, its gradient, ReLU, its gradient
/// and the sum at a node are all this one pass.
void combine(Storage storage, std::span<const Term> terms, std::size_t count, std::size_t tile, void* sum, void* relu);

/// Per channel c: first[c] = sum of (y - pivot), second[c] = sum of (y - pivot)^2, with pivot[c] near the mean. A pivot
/// that lies several deviations off would cost the variance its last bits.
void moments(Storage storage, const void* y, std::size_t count, int channels, float* pivot, float* first,
             float* second);

/// Per channel: sum_g = sum of g, sum_gy = sum of g*(y - mean); `mean` is a tile.
void reduce(Storage storage, const void* g, const void* y, std::size_t count, int channels, const float* mean,
            float* sum_g, float* sum_gy);

/// The mean over each window of each image, padding not counted; or its gradient, from that of the output.
void average(Storage storage, const Window& window, int images, bool gradient, const void* from, void* to);

/// The largest of each window of each image; padding never wins. Its gradient goes to the first of equals, row by row.
void maximum(Storage storage, const Window& window, int images, const void* x, void* y);
void maximum_gradient(Storage storage, const Window& window, int images, const void* x, const void* y, const void* dy,
                      void* dx);

/// Copies the values of each image to where `places` says.
void move_values(Storage storage, const Places& places, int images, const void* from, void* to);

/// to = from * factor.
void scale_values(Storage storage, const void* from, float factor, std::size_t count, void* to);

/// to = from * factors, value by value.
void scale_values(Storage storage, const void* from, const float* factors, std::size_t count, void* to);

/// The sum of g*x.
double product(Storage storage, const void* g, const void* x, std::size_t count);

/// The mean over all pixels of each image, in fp32; and its gradient.
void global_average(Storage storage, const void* from, int images, std::size_t pixels, std::size_t channels, float* to);
void global_average_gradient(Storage storage, const float* from, int images, std::size_t pixels, std::size_t channels,
                             void* to);

/// Rounds to bf16 or copies.
void store_values(Storage storage, const float* from, std::size_t count, void* to);
void load_values(Storage storage, const void* from, std::size_t count, float* to);

/// to += from.
void accumulate(const float* from, std::size_t count, float* to);

}  // namespace tse::cpu
