#include "tse/export/torchscript.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/csrc/jit/runtime/jit_exception.h>
#include <torch/script.h>

#include <algorithm>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "python_names.h"
#include "tse/base/error.h"
#include "tse/space/passes.h"

namespace tse {
namespace {

using torch::jit::Module;

/// One op as an expression of TorchScript.
struct ScriptOp {
  const Node& node;
  const std::string& self;             // of the node's own module
  const std::vector<std::string>& in;  // variables
  const Shape& from;                   // of the first input

  std::string operator()(const op::Input&) const { return "(images - self.mean) / self.std"; }
  std::string operator()(const op::Conv2d& conv) const {
    return fmt::format("torch.conv2d({}, {}.weight, {}, {}, {}, {}, {})", in[0], self,
                       conv.bias ? self + ".bias" : "None", pair(conv.stride), pair(conv.padding), pair(conv.dilation),
                       conv.groups);
  }
  std::string operator()(const op::BatchNorm& norm) const {
    const auto own = [&](bool has, const char* what) { return has ? self + what : std::string("None"); };
    return fmt::format("torch.batch_norm({}, {}, {}, {}, {}, {}, 0.1, 1e-05, False)", in[0],
                       own(norm.affine, ".weight"), own(norm.affine, ".bias"), own(norm.track, ".running_mean"),
                       own(norm.track, ".running_var"), norm.track ? "False" : "True");
  }
  std::string operator()(const op::Relu&) const { return fmt::format("torch.relu({})", in[0]); }
  std::string operator()(const op::AvgPool& pool) const {
    return fmt::format("torch.avg_pool2d({}, {}, {}, {}, False, False, None)", in[0], pair(pool.kernel),
                       pair(pool.stride), pair(pool.padding));
  }
  std::string operator()(const op::MaxPool& pool) const {
    return fmt::format("torch.max_pool2d({}, {}, {}, {})", in[0], pair(pool.kernel), pair(pool.stride),
                       pair(pool.padding));
  }
  std::string operator()(const op::GlobalAvgPool&) const {
    return fmt::format("torch.adaptive_avg_pool2d({}, [1, 1])", in[0]);
  }
  std::string operator()(const op::Linear&) const {
    return fmt::format("torch.linear(torch.flatten({0}, 1), {1}.weight, {1}.bias).unsqueeze(-1).unsqueeze(-1)", in[0],
                       self);
  }
  std::string operator()(const op::Sum& sum) const {
    std::vector<std::string> terms = in;
    for (std::size_t i = 0; i < in.size(); ++i) {
      if (sum.coefficients == op::Sum::Coefficients::constant) terms[i] += " * " + python_number(sum.constants[i]);
      if (sum.coefficients == op::Sum::Coefficients::positive)
        terms[i] += fmt::format(" * torch.sigmoid({}.weight)[{}]", self, i);
    }
    return fmt::format("{}", fmt::join(terms, " + "));
  }
  std::string operator()(const op::Concat&) const { return fmt::format("torch.cat([{}], 1)", fmt::join(in, ", ")); }
  std::string operator()(const op::Shift& shift) const {
    const int side = std::min(from.height, from.width);
    if (shift.by >= side || shift.by <= -side) return (*this)(op::Zero{});
    return fmt::format("torch.constant_pad_nd({0}, [{1}, {2}, {1}, {2}])", in[0], -shift.by, shift.by);
  }
  std::string operator()(const op::Slice& slice) const {
    return fmt::format("torch.narrow({}, 1, {}, {})", in[0], slice.first, slice.count);
  }
  std::string operator()(const op::Shuffle& shuffle) const {
    return fmt::format("torch.flatten(torch.reshape({}, [-1, {}, {}, {}, {}]).transpose(1, 2), 1, 2)", in[0],
                       shuffle.groups, from.channels / shuffle.groups, from.height, from.width);
  }
  std::string operator()(const op::DropPath&) const { return in[0]; }
  std::string operator()(const op::Dropout&) const { return in[0]; }
  std::string operator()(const op::Zero&) const { return fmt::format("torch.zeros_like({})", in[0]); }
  std::string operator()(const op::Identity&) const { return in[0]; }

  static std::string pair(int value) { return fmt::format("[{0}, {0}]", value); }
};

/// Modules within modules, made as their paths come.
class ScriptTree {
 public:
  ScriptTree() : unit_(std::make_shared<torch::jit::CompilationUnit>()) { make(""); }

  Module& root() { return modules_.at(""); }

  void add(const std::string& path, const char* name, const torch::Tensor& tensor, bool buffer) {
    reach(path).register_parameter(name, tensor.detach().clone(torch::MemoryFormat::Contiguous), buffer);
  }

 private:
  Module& make(const std::string& path) {
    const std::string name = path.empty() ? "Network" : path;
    Module module(c10::QualifiedName("__torch__." + name), unit_, /*shouldMangle=*/true);
    module.register_attribute("training", c10::BoolType::get(), false);
    return modules_.emplace(path, module).first->second;
  }

  Module& reach(const std::string& path) {
    if (const auto found = modules_.find(path); found != modules_.end()) return found->second;
    const std::size_t dot = path.rfind('.');
    Module& parent = reach(dot == std::string::npos ? "" : path.substr(0, dot));
    Module& child = make(path);
    parent.register_module(path.substr(dot == std::string::npos ? 0 : dot + 1), child);
    return child;
  }

  std::shared_ptr<torch::jit::CompilationUnit> unit_;
  std::map<std::string, Module> modules_;
};

std::string script_source(const Graph& graph, const std::vector<std::string>& paths) {
  std::string source = "def forward(self, images: Tensor) -> Tensor:\n";
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const Node& node = graph.nodes()[i];
    std::vector<std::string> in;
    for (const NodeId input : node.inputs) in.push_back(fmt::format("v{}", input));
    const Shape& from = node.inputs.empty() ? node.shape : graph.node(node.inputs[0]).shape;
    source += fmt::format("  v{} = {}\n", i, std::visit(ScriptOp{node, "self." + paths[i], in, from}, node.op));
  }
  return source + fmt::format("  return torch.flatten(v{}, 1)\n", paths.size() - 1);
}

}  // namespace

Bytes to_torchscript(const Model& model) {
  expect_exportable(model);
  const Graph graph = simplified(model.graph);
  const std::vector<std::string> paths = python_paths(graph);
  ScriptTree tree;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const std::string& name = graph.nodes()[i].name;
    for (const char* what : {"weight", "bias"}) {
      if (const auto found = model.store.parameters.find(name + '.' + what); found != model.store.parameters.end())
        tree.add(paths[i], what, found->second, false);
    }
    for (const char* what : {"running_mean", "running_var"}) {
      if (const auto found = model.store.buffers.find(name + '.' + what); found != model.store.buffers.end())
        tree.add(paths[i], what, found->second, true);
    }
  }
  Module& root = tree.root();
  tree.add("", "mean", torch::tensor(model.mean, torch::kFloat).view({1, -1, 1, 1}), true);
  tree.add("", "std", torch::tensor(model.deviation, torch::kFloat).view({1, -1, 1, 1}), true);
  const Shape& shape = graph.node(0).shape;
  c10::Dict<std::string, std::string> facts;
  for (const auto& [name, text] : model.facts) facts.insert(name, text);
  root.register_attribute("class_names", c10::ListType::ofStrings(), c10::List<std::string>(model.class_names));
  root.register_attribute("input_shape", c10::ListType::ofInts(),
                          c10::List<std::int64_t>({shape.channels, shape.height, shape.width}));
  root.register_attribute("facts", c10::DictType::create(c10::StringType::get(), c10::StringType::get()), facts);
  root.define(script_source(graph, paths));
  std::ostringstream archive;
  root.save(archive);
  const std::string bytes = archive.str();
  return {bytes.begin(), bytes.end()};
}

torch::Tensor run_torchscript(std::span<const std::uint8_t> archive, const torch::Tensor& images) {
  try {
    const torch::NoGradGuard no_grad;
    std::istringstream stream(std::string(as_text(archive)));
    return torch::jit::load(stream).forward({images}).toTensor();
  } catch (const c10::Error& error) {
    throw DataError("TorchScript", "expected an archive that loads; {}", error.what_without_backtrace());
  } catch (const torch::jit::JITException& error) {
    throw DataError("TorchScript", "expected an archive that runs; {}", error.what());
  }
}

}  // namespace tse
