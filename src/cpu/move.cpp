#include <algorithm>
#include <cstring>
#include <vector>

#include "kernels.h"

namespace tse::cpu {
namespace {

/// The channel that the shuffle reads for channel `c`: the table (groups, channels/groups) column by column.
std::size_t shuffled(std::size_t c, const Places& places) {
  const auto groups = static_cast<std::size_t>(places.groups);
  return c % groups * (static_cast<std::size_t>(places.channels) / groups) + c / groups;
}

template <class T>
void move_pixels(const Places& places, std::size_t count, const T* from, T* to) {
  const auto stride = static_cast<std::size_t>(places.from_channels);
  const auto channels = static_cast<std::size_t>(places.channels);
  from += places.from_first;
  to += places.to_first;
  for (std::size_t i = 0; i < count; ++i, from += stride, to += places.to_channels) {
    if (places.groups == 1) {
      std::memcpy(to, from, channels * sizeof(T));
    } else {
      for (std::size_t c = 0; c < channels; ++c) to[c] = from[shuffled(c, places)];
    }
  }
}

template <class T>
void move_all(const Places& places, int images, const T* from, T* to) {
  const auto from_row = static_cast<std::size_t>(places.width * places.from_channels);
  const auto to_row = static_cast<std::size_t>(places.width * places.to_channels);
  const std::size_t pixels = static_cast<std::size_t>(images) * static_cast<std::size_t>(places.height * places.width);
  if (places.clear || places.shift != 0) std::fill_n(to, pixels * static_cast<std::size_t>(places.to_channels), T{0});
  if (places.shift == 0) return move_pixels(places, pixels, from, to);
  const int inside = std::max(0, places.width - std::abs(places.shift));
  for (int image = 0; image < images; ++image) {
    for (int y = 0; y < places.height; ++y, to += to_row) {
      if (y + places.shift < 0 || y + places.shift >= places.height) continue;
      const std::size_t left = static_cast<std::size_t>(std::max(0, -places.shift) * places.to_channels);
      const std::size_t source = static_cast<std::size_t>(std::max(0, places.shift) * places.from_channels);
      move_pixels(places, static_cast<std::size_t>(inside),
                  from + static_cast<std::size_t>(image * places.height + y + places.shift) * from_row + source,
                  to + left);
    }
  }
}

/// to = f(i, value) for the values of `from`, by way of fp32.
template <class F>
void transform(Storage storage, const void* from, std::size_t count, void* to, const F& f) {
  constexpr std::size_t kAtOnce = 1024;
  float buffer[kAtOnce];
  for (std::size_t first = 0; first < count; first += kAtOnce) {
    const std::size_t length = std::min(kAtOnce, count - first);
    load_values(storage, static_cast<const std::byte*>(from) + first * bytes(storage), length, buffer);
    for (std::size_t i = 0; i < length; ++i) buffer[i] = f(first + i, buffer[i]);
    store_values(storage, buffer, length, static_cast<std::byte*>(to) + first * bytes(storage));
  }
}

}  // namespace

void move_values(Storage storage, const Places& places, int images, const void* from, void* to) {
  if (storage == Storage::bf16) {
    return move_all(places, images, static_cast<const std::uint16_t*>(from), static_cast<std::uint16_t*>(to));
  }
  move_all(places, images, static_cast<const float*>(from), static_cast<float*>(to));
}

void scale_values(Storage storage, const void* from, float factor, std::size_t count, void* to) {
  transform(storage, from, count, to, [factor](std::size_t, float value) { return value * factor; });
}

void scale_values(Storage storage, const void* from, const float* factors, std::size_t count, void* to) {
  transform(storage, from, count, to, [factors](std::size_t i, float value) { return value * factors[i]; });
}

double product(Storage storage, const void* g, const void* x, std::size_t count) {
  constexpr int kColumn = 64;  // sums side by side, in registers
  const std::size_t whole = count / kColumn * kColumn;
  const std::vector<float> zeros(tile_length(kColumn));
  float sum_g[kColumn];
  float sum_gx[kColumn];
  double total = 0;
  if (whole > 0) {
    reduce(storage, g, x, whole, kColumn, zeros.data(), sum_g, sum_gx);
    for (const float part : sum_gx) total += part;
  }
  float gs[kColumn];
  float xs[kColumn];
  load_values(storage, static_cast<const std::byte*>(g) + whole * bytes(storage), count - whole, gs);
  load_values(storage, static_cast<const std::byte*>(x) + whole * bytes(storage), count - whole, xs);
  for (std::size_t i = 0; i < count - whole; ++i) total += static_cast<double>(gs[i]) * xs[i];
  return total;
}

}  // namespace tse::cpu
