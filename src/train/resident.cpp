#include "tse/train/resident.h"

#include <algorithm>

namespace tse {

ResidentImages::ResidentImages(const ImageSet& images, const PixelTable& table, const torch::Device& device)
    : device_(device), height_(images.height), width_(images.width) {
  const auto channels = static_cast<std::int64_t>(table.size());
  const torch::TensorOptions integers = torch::TensorOptions(torch::kLong).device(device);
  const auto here = [&](const torch::Tensor& host) {
    return host.to(torch::TensorOptions(device), false, /*copy=*/true);
  };
  auto* bytes = const_cast<std::uint8_t*>(images.pixels.data());
  pixels_ = here(torch::from_blob(bytes, {images.count, channels, height_, width_}, torch::kByte))
                .permute({0, 2, 3, 1})
                .reshape({-1, channels});
  torch::Tensor labels = torch::empty({images.count}, torch::kLong);
  std::ranges::copy(images.labels, labels.data_ptr<std::int64_t>());
  labels_ = here(labels);
  auto* values = const_cast<float*>(table.front().data());
  table_ = here(torch::from_blob(values, {channels * 256}, torch::kFloat));
  first_ = torch::arange(channels, integers) * 256;
  rows_ = torch::arange(height_, integers).view({1, height_, 1});
  columns_ = torch::arange(width_, integers).view({1, 1, width_});
  if (device.is_cuda()) torch::cuda::synchronize();  // other threads read them on streams of their own
}

void ResidentImages::write_numbers(std::span<const DrawnImage> drawn, std::int64_t* out) {
  for (const DrawnImage& image : drawn) {
    const Draw& draw = image.draw;
    for (const std::int64_t number : {image.index, draw.mirror ? 1 : 0, draw.dy, draw.dx, draw.cut_top, draw.cut_bottom,
                                      draw.cut_left, draw.cut_right}) {
      *out++ = number;
    }
  }
}

Batch ResidentImages::batch(const torch::Tensor& numbers, torch::ScalarType type) const {
  const auto number = [&](std::int64_t column) { return numbers.select(1, column).view({-1, 1, 1}); };
  const torch::Tensor index = numbers.select(1, 0);
  const std::int64_t count = index.size(0);
  // where each pixel comes from; zero bytes where there is none
  const torch::Tensor y = rows_ + number(2);
  const torch::Tensor x = columns_ + number(3);
  const torch::Tensor source_x = torch::where(number(1) == 1, width_ - 1 - x, x).clamp(0, width_ - 1);
  const torch::Tensor line = index.view({-1, 1, 1}) * height_ + y.clamp(0, height_ - 1);
  const torch::Tensor inside = (y >= 0) & (y < height_) & (x >= 0) & (x < width_);
  const torch::Tensor bytes = pixels_.index_select(0, (line * width_ + source_x).flatten()) * inside.view({-1, 1});
  const torch::Tensor values = table_.index_select(0, (bytes + first_).flatten()).view({count, height_, width_, -1});
  const torch::Tensor cut =
      (rows_ >= number(4)) & (rows_ < number(5)) & (columns_ >= number(6)) & (columns_ < number(7));
  return {.images = values.masked_fill(cut.unsqueeze(-1), 0).to(type).permute({0, 3, 1, 2}),
          .labels = labels_.index_select(0, index)};
}

}  // namespace tse
