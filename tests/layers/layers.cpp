#include "layers.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string_view>

namespace tse {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTable = "docs/layers.txt";
constexpr std::array kLayerFolders = {"include/tse", "src", "tests", "bench"};

struct Row {
  bool torch = false;
  std::set<std::string> allowed;  // layers, headers, `core`, `all`
};

struct Table {
  std::map<std::string, Row> rows;  // by layer, or by folder where the name has a slash
  std::vector<std::string> wrong;
};

Table read_table(const fs::path& root) {
  Table table;
  std::ifstream file(root / kTable);
  if (!file) table.wrong.push_back(std::string(kTable) + ":0: expected the table of layers; cannot open it");
  static const std::regex form(R"(([a-z0-9_/-]+)( T)?:(.*))");
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.empty() || line[0] == '#') continue;
    std::smatch found;
    if (!std::regex_match(line, found, form)) {
      table.wrong.push_back(std::string(kTable) + ":" + std::to_string(number) + ": expected LAYER [T]: ALLOWED ...");
      continue;
    }
    Row row{.torch = found[2].matched, .allowed = {}};
    std::istringstream words(found[3]);
    for (std::string word; words >> word;) row.allowed.insert(word);
    table.rows[found[1]] = row;
  }
  return table;
}

/// The row that a file falls under, by its path from the root; nothing where the table does not speak of it.
std::optional<std::string> row_of(const Table& table, const fs::path& file) {
  const std::string path = file.generic_string();
  for (const auto& [name, row] : table.rows)
    if (name.find('/') != std::string::npos && path.starts_with(name + "/")) return name;
  for (const std::string folder : kLayerFolders)
    for (const auto& [name, row] : table.rows)
      if (path.starts_with(folder + "/" + name + "/")) return name;
  return std::nullopt;
}

bool is_libtorch(std::string_view header) {
  constexpr std::array<std::string_view, 5> folders = {"torch/", "ATen/", "c10/", "caffe2/", "torch.h"};
  return std::ranges::any_of(folders, [&](std::string_view folder) { return header.starts_with(folder); });
}

/// Why the file of row `name` may not include this header; empty where it may.
std::string objection(const Table& table, const std::string& name, const std::string& header) {
  const Row& row = table.rows.at(name);
  if (is_libtorch(header)) return row.torch ? "" : name + " may not include libtorch";
  if (header.starts_with("../") || header.find("/../") != std::string::npos) return "no path may climb with ..";
  const bool public_header = header.starts_with("tse/");
  // a private header of a layer, or a helper of its tests, is named by its folder
  const std::size_t slash = header.find('/');
  if (!public_header && (slash == header.npos || !table.rows.contains(header.substr(0, slash)))) return "";
  const std::string inside = public_header ? header.substr(4) : header;
  if (inside == "tse.h" || inside == "torch.h") return "this is for users of the library";
  if (inside == "version.h" || row.allowed.contains("all")) return "";
  const std::string layer = inside.substr(0, inside.find('/'));
  const auto target = table.rows.find(layer);
  if (target == table.rows.end()) return layer + " has no row";
  if (layer == name || row.allowed.contains(layer) || row.allowed.contains(inside)) return "";
  if (row.allowed.contains("core") && !target->second.torch) return "";
  return name + " may not include this";
}

void check_file(const Table& table, const fs::path& root, const fs::path& file, const std::string& row,
                std::vector<std::string>& wrong) {
  static const std::regex include(R"re(\s*#\s*include\s*[<"]([^>"]+)[>"].*)re");
  std::ifstream text(root / file);
  std::string line;
  for (int number = 1; std::getline(text, line); ++number) {
    std::smatch found;
    if (line.find("include") == std::string::npos || !std::regex_match(line, found, include)) continue;
    if (const std::string why = objection(table, row, found[1]); !why.empty())
      wrong.push_back(file.generic_string() + ":" + std::to_string(number) + ": " + why + ": " + found[1].str());
  }
}

bool is_source(const fs::path& file) { return file.extension() == ".h" || file.extension() == ".cpp"; }

}  // namespace

std::vector<std::string> layer_violations(const fs::path& root) {
  const Table table = read_table(root);
  std::vector<std::string> wrong = table.wrong;
  for (const std::string top : {"include/tse", "src", "tests", "bench", "apps"}) {
    if (!fs::exists(root / top)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
      if (!entry.is_regular_file() || !is_source(entry.path())) continue;
      const fs::path file = entry.path().lexically_relative(root);
      if (const auto row = row_of(table, file)) {
        check_file(table, root, file, *row, wrong);
      } else if ((top == "include/tse" || top == "src")) {
        wrong.push_back(file.generic_string() + ":1: its folder has no row in " + kTable);
      }
    }
  }
  std::ranges::sort(wrong);
  return wrong;
}

}  // namespace tse
