#include "tse/export/python_source.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string_view>
#include <vector>

#include "python_names.h"
#include "python_op.h"
#include "tse/base/error.h"
#include "tse/base/text.h"
#include "tse/space/passes.h"

namespace tse {
namespace {

constexpr const char* kPythonHead =
    R"(# Images are float tensors (N,{},{},{}) with pixels in [0, 1]; normalisation is a part of the network:
#
#     from {} import CLASS_NAMES, load
#
#     network = load()
#     logits = network(images)
#     names = [CLASS_NAMES[i] for i in logits.argmax(1)]

import json
import struct
from collections import OrderedDict
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F  # noqa: F401

CLASS_NAMES = [{}]


)";

constexpr const char* kPythonTail = R"(def read_safetensors(file):
    """The tensors of a file of float32, by name (https://github.com/huggingface/safetensors)."""
    data = bytearray(Path(file).read_bytes())
    start = 8 + struct.unpack_from("<Q", data)[0]
    header = json.loads(data[8:start])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = torch.frombuffer(data, dtype=torch.float32, count=(end - begin) // 4, offset=start + begin)
        tensors[name] = values.reshape(entry["shape"])
    return tensors


def load(weights=Path(__file__).with_suffix(".safetensors")):
    """The trained network, in evaluation mode."""
    network = Network()
    network.load_state_dict(read_safetensors(weights))
    return network.eval()
)";

std::string indented(std::string text, std::size_t by) {
  for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1))
    if (at + 1 < text.size() && text[at + 1] != '\n') text.insert(at + 1, by, ' ');
  return text;
}

/// "stage1.cell1" to "Stage1Cell1".
std::string camel_case(std::string_view path) {
  std::string name;
  bool upper = true;
  for (const char letter : path) {
    if (letter == '.' || letter == '_') {
      upper = true;
      continue;
    }
    name += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(letter))) : letter;
    upper = false;
  }
  return name;
}

/// Consecutive nodes of one path: a node, or what becomes a module of its own.
struct Part {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string name;   // of the attribute
  bool node = false;  // alone, whatever is left of its path
};

/// Writes classes from the parts up to the whole.
class ClassWriter {
 public:
  explicit ClassWriter(const Graph& graph) : graph_(graph), paths_(python_paths(graph)) {}

  PythonSource write(const Model& model) {
    const std::size_t count = graph_.nodes().size();
    const std::string body = class_body(
        {.begin = 1, .end = count, .name = {}}, "", 0,
        fmt::format("        self.register_buffer(\"mean\", torch.tensor([{}]).view(1, -1, 1, 1), persistent=False)\n"
                    "        self.register_buffer(\"std\", torch.tensor([{}]).view(1, -1, 1, 1), persistent=False)\n",
                    numbers(model.mean), numbers(model.deviation)));
    return {.text = python_helpers(graph_) + classes_ + "class Network(nn.Module):\n" + body, .keys = std::move(keys_)};
  }

 private:
  static std::string numbers(const std::vector<double>& values) {
    std::vector<std::string> texts;
    std::ranges::transform(values, std::back_inserter(texts), python_number);
    return fmt::format("{}", fmt::join(texts, ", "));
  }

  const Node& node(std::size_t i) const { return graph_.nodes()[i]; }

  /// The path without its first `depth` words.
  std::string_view rest(std::size_t i, std::size_t depth) const {
    std::string_view path = paths_[i];
    for (; depth > 0; --depth) path.remove_prefix(path.find('.') + 1);
    return path;
  }

  std::vector<Part> parts_of(const Part& whole, std::size_t depth) const {
    std::vector<Part> runs;
    for (std::size_t i = whole.begin; i < whole.end; ++i) {
      const std::string_view path = rest(i, depth);
      const std::string_view word = path.substr(0, path.find('.'));
      if (runs.empty() || runs.back().name != word) runs.push_back({.begin = i, .end = i, .name = std::string(word)});
      runs.back().end = i + 1;
      runs.back().node = path == word;
    }
    std::multiset<std::string> seen;
    for (const Part& run : runs) seen.insert(run.name);
    std::vector<Part> parts;
    std::set<std::string> taken;
    for (const Part& run : runs) {
      if (run.node || (seen.count(run.name) == 1 && has_module(run))) {
        parts.push_back(run);
        taken.insert(run.name);
      }
    }
    // what is scattered, or has nothing to own, stays with the whole
    for (const Part& run : runs) {
      if (run.node || taken.contains(run.name)) continue;
      for (std::size_t i = run.begin; i < run.end; ++i) {
        std::string name(rest(i, depth));
        std::ranges::replace(name, '.', '_');
        while (!taken.insert(name).second) name += '_';
        parts.push_back({.begin = i, .end = i + 1, .name = name, .node = true});
      }
    }
    std::ranges::sort(parts, {}, &Part::begin);
    return parts;
  }

  bool has_module(const Part& part) const {
    for (std::size_t i = part.begin; i < part.end; ++i)
      if (!python_module(graph_, node(i)).empty()) return true;
    return false;
  }

  /// What the part reads from outside: of a node every input, of more each once.
  std::vector<NodeId> inputs_of(const Part& part) const {
    if (part.node) return node(part.begin).inputs;
    std::vector<NodeId> inputs;
    for (std::size_t i = part.begin; i < part.end; ++i) {
      for (const NodeId input : node(i).inputs) {
        if (input < static_cast<NodeId>(part.begin) && std::ranges::find(inputs, input) == inputs.end())
          inputs.push_back(input);
      }
    }
    return inputs;
  }

  /// What others read of it, or the network's output.
  std::vector<NodeId> outputs_of(const Part& part) const {
    std::set<NodeId> outputs;
    const auto inside = [&](NodeId id) {
      return id >= static_cast<NodeId>(part.begin) && id < static_cast<NodeId>(part.end);
    };
    for (std::size_t i = part.end; i < graph_.nodes().size(); ++i)
      std::ranges::copy_if(node(i).inputs, std::inserter(outputs, outputs.end()), inside);
    if (part.end == graph_.nodes().size()) outputs.insert(static_cast<NodeId>(part.end) - 1);
    return {outputs.begin(), outputs.end()};
  }

  /// Whether each part reads the one before and nothing else, and nobody reads what is between.
  bool is_sequence(const Part& whole, const std::vector<Part>& parts) const {
    std::vector<NodeId> before = inputs_of(whole);
    if (before.size() != 1 || outputs_of(whole).size() != 1) return false;
    for (const Part& part : parts) {
      if (part.node && (!stands_in_sequence(node(part.begin)) || python_module(graph_, node(part.begin)).empty()))
        return false;
      if (inputs_of(part) != before) return false;
      before = outputs_of(part);
      if (before.size() != 1) return false;
    }
    return before == outputs_of(whole);
  }

  void note_keys(const Node& of, const std::string& path) {
    for (const char* what : {".weight", ".bias", ".running_mean", ".running_var"}) keys_[of.name + what] = path + what;
  }

  /// The constructor's call of a part; of a part that is no module, nothing.
  std::string constructor(const Part& part, const std::string& prefix, std::size_t depth) {
    const std::string path = prefix + part.name;
    if (part.node) {
      note_keys(node(part.begin), path);
      return python_module(graph_, node(part.begin));
    }
    const std::vector<Part> parts = parts_of(part, depth + 1);
    if (!is_sequence(part, parts)) return class_of(part, path, depth + 1) + "()";
    std::string text = "nn.Sequential(OrderedDict(\n";
    for (const Part& inner : parts)
      text += fmt::format("    {}={},\n", inner.name, indented(constructor(inner, path + '.', depth + 1), 4));
    return text + "))";
  }

  /// The class of a part, shared by those of the same text.
  std::string class_of(const Part& part, const std::string& path, std::size_t depth) {
    const std::string body = class_body(part, path + '.', depth, "");
    const auto [found, fresh] = class_names_.try_emplace(body);
    if (!fresh) return found->second;
    std::string name = camel_case(path);
    while (!names_taken_.insert(name).second) name += '_';
    classes_ += fmt::format("class {}(nn.Module):\n{}", name, body);
    return found->second = name;
  }

  std::string class_body(const Part& whole, const std::string& prefix, std::size_t depth, const std::string& buffers) {
    const bool root = prefix.empty();
    std::map<NodeId, std::string> values;
    std::set<std::string> taken = {"self", "images"};
    const auto variable = [&](NodeId id, std::string name) {
      while (!taken.insert(name).second) name += '_';
      return values[id] = name;
    };
    std::vector<std::string> arguments;
    const std::vector<NodeId> inputs = root ? std::vector<NodeId>{0} : inputs_of(whole);
    for (std::size_t i = 0; i < inputs.size(); ++i)
      arguments.push_back(variable(inputs[i], inputs.size() == 1 ? "x" : fmt::format("x{}", i + 1)));

    std::string members = buffers;
    std::string lines;
    for (const Part& part : parts_of(whole, depth)) {
      if (const std::string made = constructor(part, prefix, depth); !made.empty())
        members += fmt::format("        self.{} = {}\n", part.name, indented(made, 8));
      std::vector<std::string> in;
      for (const NodeId input : inputs_of(part)) in.push_back(values.at(input));
      std::vector<std::string> out;
      for (const NodeId output : outputs_of(part)) {
        std::string name = part.name;
        if (outputs_of(part).size() > 1) {
          name = rest(static_cast<std::size_t>(output), depth);
          std::ranges::replace(name, '.', '_');
        }
        out.push_back(variable(output, name));
      }
      const bool last = part.end == graph_.nodes().size();
      lines += fmt::format("        {} = {}\n", fmt::join(out, ", "),
                           part.node ? python_expression(graph_, node(part.begin), part.name, in, last)
                                     : fmt::format("self.{}({})", part.name, fmt::join(in, ", ")));
    }
    std::vector<std::string> results;
    for (const NodeId output : outputs_of(whole)) results.push_back(values.at(output));
    std::string result = fmt::format("{}", fmt::join(results, ", "));
    if (root && !std::holds_alternative<op::Linear>(graph_.output().op)) result += ".flatten(1)";
    const char* first = root ? "        x = (images - self.mean) / self.std\n" : "";
    if (members.empty()) members = "        pass\n";
    return fmt::format(
        "    def __init__(self):\n        super().__init__()\n{}\n    def forward(self, {}):\n{}{}        return "
        "{}\n\n\n",
        members, root ? "images" : fmt::format("{}", fmt::join(arguments, ", ")), first, lines, result);
  }

  const Graph& graph_;
  std::vector<std::string> paths_;
  std::string classes_;
  std::map<std::string, std::string> class_names_;  // by body
  std::set<std::string> names_taken_ = {"Network", "DropPath", "WeightedSum", "OrderedDict", "Path", "F"};
  std::map<std::string, std::string> keys_;
};

}  // namespace

PythonSource to_python(const Model& model, const std::string& module) {
  expect_exportable(model);
  // equal subexpressions stay apart: each part is easier to read with its own
  const Graph graph = without_dead(without_zeros(model.graph));
  PythonSource source = ClassWriter(graph).write(model);
  std::erase_if(source.keys, [&](const auto& key) {
    return !model.store.parameters.contains(key.first) && !model.store.buffers.contains(key.first);
  });
  std::string head;
  for (const auto& [name, text] : model.facts) head += fmt::format("# {}: {}\n", printable(name), printable(text));
  std::vector<std::string> names;
  std::ranges::transform(model.class_names, std::back_inserter(names), python_text);
  const Shape& shape = graph.node(0).shape;
  source.text =
      head + (head.empty() ? "" : "#\n") +
      fmt::format(kPythonHead, shape.channels, shape.height, shape.width, printable(module), fmt::join(names, ", ")) +
      source.text + kPythonTail;
  return source;
}

std::map<std::string, torch::Tensor> state_dict(const Model& model, const PythonSource& source) {
  std::map<std::string, torch::Tensor> tensors;
  for (const auto* store : {&model.store.parameters, &model.store.buffers}) {
    for (const auto& [name, tensor] : *store)
      if (const auto key = source.keys.find(name); key != source.keys.end()) tensors.emplace(key->second, tensor);
  }
  return tensors;
}

torch::Tensor run_state_dict(const Model& model, const PythonSource& source,
                             const std::map<std::string, torch::Tensor>& weights, const torch::Tensor& images,
                             const std::string& place) {
  Model read = model;
  if (weights.size() != source.keys.size())
    throw DataError(place, "expected {} tensors; got {}", source.keys.size(), weights.size());
  for (const auto& [name, key] : source.keys) {
    const auto found = weights.find(key);
    const bool learned = read.store.parameters.contains(name);
    torch::Tensor& mine = learned ? read.store.parameters.at(name) : read.store.buffers.at(name);
    if (found == weights.end() || !torch::equal(found->second, mine.detach()))
      throw DataError(place, "expected the values of '{}' as '{}'", name, key);
    mine = found->second;
  }
  return logits_of(read, images);
}

}  // namespace tse
