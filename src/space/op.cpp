#include "tse/space/op.h"

#include <fmt/format.h>

namespace tse {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

}  // namespace

std::string_view name(const Op& op) {
  return std::visit(Overloaded{
                        [](const op::Input&) { return std::string_view("input"); },
                        [](const op::Conv2d&) { return std::string_view("conv2d"); },
                        [](const op::BatchNorm&) { return std::string_view("batch_norm"); },
                        [](const op::Relu&) { return std::string_view("relu"); },
                        [](const op::AvgPool&) { return std::string_view("avg_pool"); },
                        [](const op::GlobalAvgPool&) { return std::string_view("global_avg_pool"); },
                        [](const op::Linear&) { return std::string_view("linear"); },
                        [](const op::Sum&) { return std::string_view("sum"); },
                        [](const op::Zero&) { return std::string_view("zero"); },
                        [](const op::Identity&) { return std::string_view("identity"); },
                    },
                    op);
}

std::string attributes(const Op& op) {
  return std::visit(Overloaded{
                        [](const op::Conv2d& c) {
                          return fmt::format("out={} kernel={} stride={} padding={}", c.out, c.kernel, c.stride,
                                             c.padding);
                        },
                        [](const op::AvgPool& p) {
                          return fmt::format("kernel={} stride={} padding={}", p.kernel, p.stride, p.padding);
                        },
                        [](const op::Linear& l) { return fmt::format("out={}", l.out); },
                        [](const auto&) { return std::string(); },
                    },
                    op);
}

}  // namespace tse
