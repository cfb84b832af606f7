#include "match_list.h"

#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>

#include <algorithm>

#include "cpu/memory_plan.h"

namespace tse::bench {

const std::vector<Shape>& stage_shapes() {
  static const std::vector<Shape> shapes = {{.channels = 16, .height = 32, .width = 32},
                                            {.channels = 64, .height = 8, .width = 8}};
  return shapes;
}

std::string size_text(const Shape& shape) { return fmt::format("{}x{}x{}", shape.channels, shape.height, shape.width); }

torch::Tensor rounded(const torch::Tensor& values) { return values.to(torch::kBFloat16).to(torch::kFloat); }

torch::Tensor sample(torch::IntArrayRef sizes, std::uint64_t seed) {
  return rounded(torch::randn(sizes, at::make_generator<at::CPUGeneratorImpl>(seed)));
}

torch::Tensor sample(const Shape& shape, int batch, std::uint64_t seed) {
  return sample({batch, shape.channels, shape.height, shape.width}, seed);
}

torch::Tensor in_form(const torch::Tensor& values, const PlainForm& form) {
  const torch::Tensor typed = values.to(form.type);
  return (typed.dim() == 4 ? typed.contiguous(form.layout) : typed).clone();
}

torch::Tensor stored(const torch::Tensor& values, cpu::Storage storage) {
  return in_form(values, {.type = storage == cpu::Storage::bf16 ? torch::kBFloat16 : torch::kFloat,
                          .layout = torch::MemoryFormat::ChannelsLast});
}

torch::Tensor room_for(const Shape& shape, int batch, cpu::Storage storage) {
  return stored(torch::zeros({batch, shape.channels, shape.height, shape.width}), storage);
}

void* image_of(const torch::Tensor& tensor, int image) {
  const auto bytes = static_cast<std::ptrdiff_t>(tensor.element_size()) * tensor.stride(0);
  return static_cast<char*>(tensor.data_ptr()) + image * bytes;
}

torch::Tensor as_double(const torch::Tensor& values) { return values.detach().to(torch::kDouble).contiguous().clone(); }

Blocks::Blocks(int batch, const Shape& shape, cpu::Storage storage) : batch_(batch) {
  const std::size_t image_bytes = static_cast<std::size_t>(shape.elements()) * cpu::bytes(storage);
  size_ = std::min(batch, cpu::block_images(image_bytes));
}

double gbytes(double values, cpu::Storage storage) { return values * static_cast<double>(cpu::bytes(storage)) / 1e9; }

}  // namespace tse::bench
