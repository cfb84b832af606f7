#include "python_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "tse/base/json.h"

namespace tse {
namespace {

/// Words of the language, attributes of torch.nn.Module, and what the written modules use themselves.
const std::set<std::string, std::less<>>& reserved_words() {
  static const std::set<std::string, std::less<>> words = {
      // the language
      "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
      "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
      "not", "or", "pass", "print", "raise", "return", "self", "try", "while", "with", "yield",
      // torch.nn.Module, Sequential and ScriptModule
      "T_destination", "add_module", "append", "apply", "bfloat16", "bias", "buffers", "call_super_init", "children",
      "code", "code_with_constants", "compile", "copy", "cpu", "cuda", "define", "double", "dump_patches", "eval",
      "extend", "extra_repr", "float", "forward", "forward_magic_method", "get_buffer", "get_debug_state",
      "get_extra_state", "get_parameter", "get_submodule", "graph", "graph_for", "half", "inlined_graph", "insert",
      "ipu", "load_state_dict", "modules", "mtia", "name", "named_buffers", "named_children", "named_modules",
      "named_parameters", "original_name", "parameters", "pop", "register_backward_hook", "register_buffer",
      "register_forward_hook", "register_forward_pre_hook", "register_full_backward_hook",
      "register_full_backward_pre_hook", "register_load_state_dict_post_hook", "register_load_state_dict_pre_hook",
      "register_module", "register_parameter", "register_state_dict_post_hook", "register_state_dict_pre_hook",
      "requires_grad_", "save", "save_to_buffer", "set_extra_state", "set_submodule", "share_memory", "state_dict",
      "to", "to_empty", "train", "training", "type", "weight", "xpu", "zero_grad",
      // the written modules
      "CLASS_NAMES", "F", "Network", "OrderedDict", "Path", "class_names", "facts", "images", "input_shape", "json",
      "load", "logits", "mean", "nn", "std", "struct", "super", "torch", "x"};
  return words;
}

std::string python_word(std::string_view text) {
  std::string word;
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    word += byte < 0x80 && std::isalnum(byte) != 0 ? letter : '_';
  }
  if (word.empty() || std::isalpha(static_cast<unsigned char>(word[0])) == 0) word.insert(0, "n");
  return reserved_words().contains(word) ? word + '_' : word;
}

std::string python_path(std::string_view name) {
  std::string path;
  for (;;) {
    const std::size_t dot = name.find('.');
    path += python_word(name.substr(0, dot));
    if (dot == std::string_view::npos) return path;
    path += '.';
    name.remove_prefix(dot + 1);
  }
}

/// The paths given out so far, and all that leads to them.
class PathsTaken {
 public:
  bool clashes(const std::string& path) const {
    if (leaves_.contains(path) || stems_.contains(path)) return true;
    for (std::size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', dot + 1)) {
      if (leaves_.contains(path.substr(0, dot))) return true;
    }
    return false;
  }

  void take(const std::string& path) {
    leaves_.insert(path);
    for (std::size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', dot + 1))
      stems_.insert(path.substr(0, dot));
  }

 private:
  std::set<std::string> leaves_;
  std::set<std::string> stems_;
};

}  // namespace

std::vector<std::string> python_paths(const Graph& graph) {
  std::vector<std::string> paths;
  PathsTaken taken;
  for (const Node& node : graph.nodes()) {
    std::string path = python_path(node.name);
    if (taken.clashes(path)) std::ranges::replace(path, '.', '_');
    while (taken.clashes(path)) path += '_';
    taken.take(path);
    paths.push_back(std::move(path));
  }
  return paths;
}

std::string python_number(double value) { return fmt::format("{}", value); }

// JSON's escapes are Python's, as long as letters beyond ASCII stay as they are.
std::string python_text(std::string_view text) {
  return Json(std::string(text)).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tse
