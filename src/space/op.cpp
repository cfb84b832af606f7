#include "tse/space/op.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tse {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

std::string attributes_of(const op::Conv2d& conv) {
  std::string text =
      fmt::format("out={} kernel={} stride={} padding={}", conv.out, conv.kernel, conv.stride, conv.padding);
  if (conv.dilation != 1) text += fmt::format(" dilation={}", conv.dilation);
  if (conv.groups != 1) text += fmt::format(" groups={}", conv.groups);
  if (conv.bias) text += " bias=true";
  return text;
}

std::string attributes_of(const op::BatchNorm& norm) {
  std::string text = norm.affine ? "" : "affine=false";
  if (!norm.track) text += text.empty() ? "track=false" : " track=false";
  return text;
}

std::string attributes_of(const op::Sum& sum) {
  switch (sum.coefficients) {
    case op::Sum::Coefficients::none:
      return "";
    case op::Sum::Coefficients::constant:
      return fmt::format("constants={}", fmt::join(sum.constants, ","));
    case op::Sum::Coefficients::positive:
      return "coefficients=positive";
    case op::Sum::Coefficients::architecture:
      return "architecture=" + sum.architecture;
  }
  return "";
}

template <class Pool>
std::string attributes_of_pool(const Pool& pool) {
  return fmt::format("kernel={} stride={} padding={}", pool.kernel, pool.stride, pool.padding);
}

}  // namespace

std::string_view name(const Op& op) {
  return std::visit(Overloaded{
                        [](const op::Input&) { return std::string_view("input"); },
                        [](const op::Conv2d&) { return std::string_view("conv2d"); },
                        [](const op::BatchNorm&) { return std::string_view("batch_norm"); },
                        [](const op::Relu&) { return std::string_view("relu"); },
                        [](const op::AvgPool&) { return std::string_view("avg_pool"); },
                        [](const op::MaxPool&) { return std::string_view("max_pool"); },
                        [](const op::GlobalAvgPool&) { return std::string_view("global_avg_pool"); },
                        [](const op::Linear&) { return std::string_view("linear"); },
                        [](const op::Sum&) { return std::string_view("sum"); },
                        [](const op::Concat&) { return std::string_view("concat"); },
                        [](const op::Shift&) { return std::string_view("shift"); },
                        [](const op::Slice&) { return std::string_view("slice"); },
                        [](const op::Shuffle&) { return std::string_view("shuffle"); },
                        [](const op::DropPath&) { return std::string_view("drop_path"); },
                        [](const op::Dropout&) { return std::string_view("dropout"); },
                        [](const op::Zero&) { return std::string_view("zero"); },
                        [](const op::Identity&) { return std::string_view("identity"); },
                    },
                    op);
}

std::string attributes(const Op& op) {
  return std::visit(
      Overloaded{
          [](const op::Conv2d& conv) { return attributes_of(conv); },
          [](const op::BatchNorm& norm) { return attributes_of(norm); },
          [](const op::AvgPool& pool) { return attributes_of_pool(pool); },
          [](const op::MaxPool& pool) { return attributes_of_pool(pool); },
          [](const op::Linear& linear) { return fmt::format("out={}", linear.out); },
          [](const op::Sum& sum) { return attributes_of(sum); },
          [](const op::Shift& shift) { return fmt::format("by={}", shift.by); },
          [](const op::Slice& slice) { return fmt::format("first={} count={}", slice.first, slice.count); },
          [](const op::Shuffle& shuffle) { return fmt::format("groups={}", shuffle.groups); },
          [](const op::DropPath& drop) { return fmt::format("rate={}", drop.rate); },
          [](const op::Dropout& drop) { return fmt::format("rate={}", drop.rate); },
          [](const auto&) { return std::string(); },
      },
      op);
}

}  // namespace tse
