#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "onnx_file.h"
#include "tse/base/error.h"
#include "tse/export/onnx.h"

namespace tse {
namespace {

/// One operator as the standard defines it, on values.
class OnnxOperator {
 public:
  OnnxOperator(const onnx::Operator& op, const std::map<std::string, torch::Tensor>& values)
      : op_(op), values_(values) {}

  torch::Tensor run() const {
    const std::string& type = op_.type;
    if (type == "Conv") {
      return torch::conv2d(in(0), in(1), op_.inputs.size() > 2 ? in(2) : torch::Tensor(), list("strides"), padding(),
                           list("dilations"), integer("group"));
    }
    if (type == "BatchNormalization") {
      return torch::batch_norm(in(0), in(1), in(2), in(3), in(4), /*training=*/false, 0, op_.floats.at("epsilon"),
                               /*cudnn_enabled=*/false);
    }
    if (type == "AveragePool") {
      return torch::avg_pool2d(in(0), list("kernel_shape"), list("strides"), padding(), /*ceil_mode=*/false,
                               integer("count_include_pad") != 0);
    }
    if (type == "MaxPool") return torch::max_pool2d(in(0), list("kernel_shape"), list("strides"), padding());
    if (type == "GlobalAveragePool") return torch::adaptive_avg_pool2d(in(0), {1, 1});
    if (type == "Gemm") return torch::addmm(in(2), in(0), integer("transB") != 0 ? in(1).t() : in(1));
    if (type == "ReduceMean") return in(0).mean(list("axes"), integer("keepdims") != 0);
    if (type == "Transpose") return in(0).permute(list("perm"));
    if (type == "Reshape") return in(0).reshape(integers(1));
    if (type == "Flatten") return in(0).flatten(1);
    if (type == "Relu") return torch::relu(in(0));
    if (type == "Sqrt") return in(0).sqrt();
    if (type == "Add") return in(0) + in(1);
    if (type == "Sub") return in(0) - in(1);
    if (type == "Mul") return in(0) * in(1);
    if (type == "Div") return in(0) / in(1);
    if (type == "Concat") return concat();
    if (type == "Slice") return slice();
    if (type == "Pad") return pad();
    throw DataError("ONNX", "expected an operator that is written; got {}", type);
  }

 private:
  const torch::Tensor& in(std::size_t i) const {
    const auto found = values_.find(op_.inputs.at(i));
    if (found == values_.end()) throw DataError("ONNX", "expected '{}' before what reads it", op_.inputs[i]);
    return found->second;
  }
  std::vector<std::int64_t> integers(std::size_t i) const {
    const torch::Tensor& values = in(i);
    return {values.data_ptr<std::int64_t>(), values.data_ptr<std::int64_t>() + values.numel()};
  }
  const std::vector<std::int64_t>& list(const char* name) const { return op_.lists.at(name); }
  std::int64_t integer(const char* name) const { return op_.integers.at(name); }

  /// Of the first sides; ours has as much on the last.
  std::vector<std::int64_t> padding() const {
    const auto& pads = list("pads");
    if (!std::ranges::equal(pads.begin(), pads.begin() + 2, pads.begin() + 2, pads.end()))
      throw DataError("ONNX", "expected equal padding on both sides of {}", op_.name);
    return {pads[0], pads[1]};
  }

  torch::Tensor concat() const {
    std::vector<torch::Tensor> all;
    for (std::size_t i = 0; i < op_.inputs.size(); ++i) all.push_back(in(i));
    return torch::cat(all, integer("axis"));
  }
  torch::Tensor slice() const {
    torch::Tensor value = in(0);
    const auto starts = integers(1), ends = integers(2), axes = integers(3);
    for (std::size_t i = 0; i < axes.size(); ++i) value = value.slice(axes[i], starts[i], ends[i]);
    return value;
  }
  torch::Tensor pad() const {
    const auto pads = integers(1);
    const std::size_t sides = pads.size() / 2;
    std::vector<std::int64_t> from_the_last;
    for (std::size_t i = sides; i-- > 0;) {
      from_the_last.push_back(pads[i]);
      from_the_last.push_back(pads[sides + i]);
    }
    return torch::constant_pad_nd(in(0), from_the_last);
  }

  const onnx::Operator& op_;
  const std::map<std::string, torch::Tensor>& values_;
};

}  // namespace

torch::Tensor run_onnx(std::span<const std::uint8_t> bytes, const torch::Tensor& images) {
  const torch::NoGradGuard no_grad;
  const onnx::File file = onnx::decode(bytes);
  std::map<std::string, torch::Tensor> values = file.tensors;
  values[file.input.name] = images;
  for (const onnx::Operator& op : file.operators) {
    try {
      values[op.output] = OnnxOperator(op, values).run();
    } catch (const c10::Error& error) {
      throw DataError("ONNX", "{} {} cannot be computed; {}", op.type, op.name, error.what_without_backtrace());
    } catch (const std::out_of_range&) {
      throw DataError("ONNX", "expected all inputs and attributes of {} {}", op.type, op.name);
    }
  }
  const auto logits = values.find(file.output.name);
  if (logits == values.end()) throw DataError("ONNX", "expected a value for the output '{}'", file.output.name);
  return logits->second;
}

}  // namespace tse
