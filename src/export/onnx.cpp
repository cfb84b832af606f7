#include "tse/export/onnx.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "onnx_file.h"
#include "tse/base/json.h"
#include "tse/space/passes.h"

namespace tse {
namespace {

constexpr float kOnnxEpsilon = 1e-5F;

/// Appends operators for the nodes of a graph, one after the other. Each adds what computes its value and returns that
/// value's name.
class OnnxWriter {
 public:
  OnnxWriter(const Graph& graph, const Model& model) : graph_(graph), model_(model) {}

  onnx::File write() {
    const Shape& shape = graph_.node(0).shape;
    file_.input = {.name = "images", .shape = {0, shape.channels, shape.height, shape.width}};
    file_.output = {.name = "logits", .shape = {0, graph_.output().shape.channels}};
    for (const Node& node : graph_.nodes()) {
      node_ = &node;
      values_.push_back(std::visit([&](const auto& op) { return value_of(op); }, node.op));
    }
    if (values_.back() != "logits") file_.operators.push_back({"logits", "Flatten", {values_.back()}, "logits"});
    file_.metadata = model_.facts;
    file_.metadata.emplace_back("class_names",
                                Json(model_.class_names).dump(-1, ' ', false, Json::error_handler_t::replace));
    return std::move(file_);
  }

 private:
  using List = std::vector<std::int64_t>;

  const std::string& in(std::size_t i = 0) const { return values_[static_cast<std::size_t>(node_->inputs[i])]; }
  const Shape& from() const { return graph_.node(node_->inputs[0]).shape; }

  /// Adds an operator of this node; several are told apart by `part`.
  std::string add(const char* type, std::vector<std::string> inputs, const std::string& part = "") {
    const std::string name = '/' + node_->name + (part.empty() ? "" : '/' + part);
    file_.operators.push_back({.name = name, .type = type, .inputs = std::move(inputs), .output = name});
    return name;
  }

  onnx::Operator& last() { return file_.operators.back(); }

  std::string tensor(const std::string& what, const torch::Tensor& value) {
    const std::string name = node_->name + '.' + what;
    file_.tensors[name] = value;
    return name;
  }
  std::string parameter(const char* what) {
    return tensor(what, model_.store.parameters.at(node_->name + '.' + what).detach());
  }
  std::string buffer(const char* what) { return tensor(what, model_.store.buffers.at(node_->name + '.' + what)); }
  std::string integers(const char* what, const List& list) { return tensor(what, torch::tensor(list, torch::kLong)); }
  std::string scaled(const std::string& value, double by, const std::string& part) {
    return add("Mul", {value, tensor(part, torch::tensor(static_cast<float>(by)))}, part);
  }

  // as a batch norm, which all runtimes know per channel; OpenCV 4.6 subtracts no list of means rightly
  std::string value_of(const op::Input&) {
    const torch::Tensor deviation = torch::tensor(model_.deviation, torch::kDouble);
    const std::int64_t channels = deviation.numel();
    std::string value = add("BatchNormalization",
                            {"images", tensor("scale", torch::ones(channels)), tensor("shift", torch::zeros(channels)),
                             tensor("mean", torch::tensor(model_.mean, torch::kFloat)),
                             tensor("variance", deviation.square().to(torch::kFloat))});
    last().floats["epsilon"] = 0;
    return value;
  }
  std::string value_of(const op::Conv2d& conv) {
    std::vector<std::string> inputs = {in(), parameter("weight")};
    if (conv.bias) inputs.push_back(parameter("bias"));
    std::string value = add("Conv", inputs);
    slide(conv.kernel, conv.stride, conv.padding);
    last().lists["dilations"] = List(2, conv.dilation);
    last().integers["group"] = conv.groups;
    return value;
  }
  std::string value_of(const op::BatchNorm& norm) {
    const std::int64_t channels = from().channels;
    if (!norm.track) return with_statistics_of_batch(norm);
    const std::string scale = norm.affine ? parameter("weight") : tensor("weight", torch::ones(channels));
    const std::string shift = norm.affine ? parameter("bias") : tensor("bias", torch::zeros(channels));
    std::string value = add("BatchNormalization", {in(), scale, shift, buffer("running_mean"), buffer("running_var")});
    last().floats["epsilon"] = kOnnxEpsilon;
    return value;
  }
  // opset 13 has no batch norm that does not track, so it is spelled out
  std::string with_statistics_of_batch(const op::BatchNorm& norm) {
    const auto mean = [&](const std::string& of, const std::string& part) {
      std::string value = add("ReduceMean", {of}, part);
      last().lists["axes"] = {0, 2, 3};
      last().integers["keepdims"] = 1;
      return value;
    };
    const std::string centred = add("Sub", {in(), mean(in(), "mean")}, "centred");
    const std::string variance = mean(add("Mul", {centred, centred}, "square"), "variance");
    const std::string raised = add("Add", {variance, tensor("epsilon", torch::tensor(kOnnxEpsilon))}, "raised");
    std::string value = add("Div", {centred, add("Sqrt", {raised}, "deviation")}, "normalised");
    if (!norm.affine) return value;
    const auto wide = [&](const char* what) {
      return tensor(what, model_.store.parameters.at(node_->name + '.' + what).detach().view({1, -1, 1, 1}));
    };
    return add("Add", {add("Mul", {value, wide("weight")}, "scaled"), wide("bias")});
  }
  std::string value_of(const op::Relu&) { return add("Relu", {in()}); }
  std::string value_of(const op::AvgPool& pool) {
    std::string value = add("AveragePool", {in()});
    slide(pool.kernel, pool.stride, pool.padding);
    last().integers["count_include_pad"] = 0;
    return value;
  }
  std::string value_of(const op::MaxPool& pool) {
    std::string value = add("MaxPool", {in()});
    slide(pool.kernel, pool.stride, pool.padding);
    return value;
  }
  std::string value_of(const op::GlobalAvgPool&) { return add("GlobalAveragePool", {in()}); }
  std::string value_of(const op::Linear& linear) {
    const bool ends = node_ == &graph_.output();
    const std::string flat = add("Flatten", {in()}, "flat");
    std::string value = add("Gemm", {flat, parameter("weight"), parameter("bias")}, "gemm");
    last().integers["transB"] = 1;
    if (ends) return last().output = "logits";
    return add("Reshape", {value, integers("shape", {-1, linear.out, 1, 1})});
  }
  std::string value_of(const op::Sum& sum) {
    std::vector<double> factors = sum.constants;
    if (sum.coefficients == op::Sum::Coefficients::positive) {
      const torch::Tensor learned = model_.store.parameters.at(node_->name + ".weight").detach();
      const torch::Tensor values = torch::sigmoid(learned).to(torch::kDouble).contiguous();
      factors.assign(values.data_ptr<double>(), values.data_ptr<double>() + values.numel());
    }
    std::string total;
    for (std::size_t i = 0; i < node_->inputs.size(); ++i) {
      const std::string number = std::to_string(i);
      const std::string term = factors.empty() ? in(i) : scaled(in(i), factors[i], "term" + number);
      total = i == 0 ? term : add("Add", {total, term}, "sum" + number);
    }
    return total;
  }
  std::string value_of(const op::Concat&) {
    std::vector<std::string> inputs;
    for (std::size_t i = 0; i < node_->inputs.size(); ++i) inputs.push_back(in(i));
    std::string value = add("Concat", inputs);
    last().integers["axis"] = 1;
    return value;
  }
  // cut and padded apart: negative padding is known to few runtimes
  std::string value_of(const op::Shift& shift) {
    const Shape& shape = from();
    const int by = std::abs(shift.by);
    if (by >= std::min(shape.height, shape.width)) return value_of(op::Zero{});
    if (by == 0) return in();
    const bool up = shift.by > 0;
    const List starts = up ? List{by, by} : List{0, 0};
    const List ends = up ? List{shape.height, shape.width} : List{shape.height - by, shape.width - by};
    const List pads = up ? List{0, 0, 0, 0, 0, 0, by, by} : List{0, 0, by, by, 0, 0, 0, 0};
    const std::string cut =
        add("Slice", {in(), integers("starts", starts), integers("ends", ends), integers("axes", {2, 3})}, "cut");
    return add("Pad", {cut, integers("pads", pads)});
  }
  std::string value_of(const op::Slice& slice) {
    return add("Slice", {in(), integers("starts", {slice.first}), integers("ends", {slice.first + slice.count}),
                         integers("axes", {1})});
  }
  std::string value_of(const op::Shuffle& shuffle) {
    const Shape& shape = from();
    const std::string table =
        add("Reshape",
            {in(), integers("table", {-1, shuffle.groups, shape.channels / shuffle.groups, shape.height, shape.width})},
            "table");
    const std::string turned = add("Transpose", {table}, "turned");
    last().lists["perm"] = {0, 2, 1, 3, 4};
    return add("Reshape", {turned, integers("shape", {-1, shape.channels, shape.height, shape.width})});
  }
  std::string value_of(const op::DropPath&) { return in(); }
  std::string value_of(const op::Dropout&) { return in(); }
  std::string value_of(const op::Zero&) { return scaled(in(), 0, "zero"); }
  std::string value_of(const op::Identity&) { return in(); }

  void slide(std::int64_t kernel, std::int64_t stride, std::int64_t padding) {
    last().lists["kernel_shape"] = List(2, kernel);
    last().lists["strides"] = List(2, stride);
    last().lists["pads"] = List(4, padding);
  }

  const Graph& graph_;
  const Model& model_;
  onnx::File file_;
  const Node* node_ = nullptr;
  std::vector<std::string> values_;  // by node
};

}  // namespace

Bytes to_onnx(const Model& model) {
  expect_exportable(model);
  const Graph graph = simplified(model.graph);
  return onnx::encode(OnnxWriter(graph, model).write());
}

}  // namespace tse
