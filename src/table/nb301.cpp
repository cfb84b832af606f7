#include "tse/table/nb301.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <system_error>

#include "tse/base/error.h"
#include "tse/base/file.h"
#include "tse/base/hash.h"
#include "tse/base/missing.h"
#include "tse/base/option.h"
#include "tse/base/outcome_name.h"
#include "tse/base/text.h"

namespace tse {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostLogBytes = std::size_t{4} << 20U;
constexpr int kFirstNode = 2;  // behind the cell's two inputs
constexpr int kPastNodes = 6;
constexpr const char* kDartsKey = "NetworkSelectorDatasetInfo:darts:";
constexpr std::array kOperationNames = {"max_pool_3x3", "avg_pool_3x3", "skip_connect", "sep_conv_3x3",
                                        "sep_conv_5x5", "dil_conv_3x3", "dil_conv_5x5"};

/// The two inputs of a node: "0_2". Node 2 has no choice.
std::pair<int, int> inputs_of_node(const Json& config, const char* cell, int node, std::string_view place) {
  if (node == kFirstNode) return {0, 1};
  const std::string key = fmt::format("{}inputs_node_{}_{}", kDartsKey, cell, node);
  const std::string text = member<std::string>(config, key, place);
  const int first = text.empty() ? -1 : text.front() - '0';
  const int second = text.empty() ? -1 : text.back() - '0';
  if (text.size() != 3 || text[1] != '_' || first < 0 || second <= first || second >= node) {
    throw DataError(place, "expected '{}' to be two different nodes below {}, as '0_1'; got '{}'", key, node,
                    printable(text.substr(0, 16)));
  }
  return {first, second};
}

/// " OPERATION:INPUT" of an edge. The edges of a cell are numbered node by node, input by input.
std::string edge_text(const Json& config, const char* cell, int node, int input, std::string_view place) {
  const int before = node * (node - 1) / 2 - 1;  // edges into earlier nodes: 0, 2, 5, 9
  const std::string key = fmt::format("{}edge_{}_{}", kDartsKey, cell, before + input);
  const std::string operation = member<std::string>(config, key, place);
  if (std::ranges::find(kOperationNames, operation) == kOperationNames.end())
    throw DataError(place, "expected '{}' to be one of {}; got '{}'", key, fmt::join(kOperationNames, ", "),
                    printable(operation.substr(0, 32)));
  return fmt::format(" {}:{}", operation, input);
}

std::string arch_text(const Json& config, std::string_view place) {
  std::string text;
  for (const char* cell : {"normal", "reduce"}) {
    text += text.empty() ? cell : std::string(" ") + cell;
    for (int node = kFirstNode; node < kPastNodes; ++node) {
      const auto [first, second] = inputs_of_node(config, cell, node, place);
      text += edge_text(config, cell, node, first, place) + edge_text(config, cell, node, second, place);
    }
    const std::string edges = fmt::format("{}edge_{}_", kDartsKey, cell);
    const auto count = std::ranges::count_if(
        config.items(), [&](const auto& item) { return std::string_view(item.key()).starts_with(edges); });
    if (count != 2 * (kPastNodes - kFirstNode))
      throw DataError(place, "expected 8 operations of the {} cell, two of each node; got {}", cell, count);
  }
  return text;
}

/// The files, by their paths below the folder.
std::vector<fs::path> log_files(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::recursive_directory_iterator entry(folder, error); !error && entry != fs::recursive_directory_iterator();
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with("results_") && name.ends_with(".json") &&
        entry->symlink_status().type() == fs::file_type::regular) {
      files.push_back(entry->path().lexically_relative(folder));
    }
  }
  if (error) throw DataError(folder.string(), "expected a folder of NAS-Bench-301's logs; {}", error.message());
  if (files.empty()) throw DataError(folder.string(), "expected files like results_0.json; there is none");
  std::ranges::sort(files);
  return files;
}

/// Appends a row; what the curve lacks is missing.
void append_curve(const std::vector<double>& curve, int epochs, std::vector<double>& rows) {
  rows.insert(rows.end(), curve.begin(), curve.end());
  rows.resize(rows.size() + static_cast<std::size_t>(epochs) - curve.size(), kMissing);
}

CurveTable table_of(const std::vector<Nb301Run>& runs, const std::string& outcome, const fs::path& folder) {
  CurveTable table;
  std::size_t longest = 0;
  for (const Nb301Run& run : runs) longest = std::max(longest, run.train_loss.size());
  if (runs.size() * longest > kMostCurveNumbers)
    throw DataError(folder.string(), "expected at most {} numbers of a metric; got {} runs of {} epochs",
                    kMostCurveNumbers, runs.size(), longest);
  table.epochs = static_cast<int>(longest);
  for (const Nb301Run& run : runs) {
    table.archs.push_back(run.arch);
    append_curve(run.train_loss, table.epochs, table.curves[Metric::train_loss]);
    append_curve(run.train_accuracy, table.epochs, table.curves[Metric::train_accuracy]);
    append_curve(run.valid_accuracy, table.epochs, table.curves[Metric::valid_accuracy]);
    table.columns["params"].push_back(run.params);
    table.columns["train_seconds"].push_back(run.train_seconds);
    table.columns["valid_accuracy"].push_back(run.final_valid_accuracy);
    table.columns["test_accuracy"].push_back(run.test_accuracy);
  }
  const ColumnName asked = parse_column_name(outcome.empty() ? "test_accuracy" : outcome);
  table.outcome = asked.column;
  table.outcome_lower = asked.lower;
  if (!table.columns.contains(table.outcome)) {
    std::vector<std::string> names;
    for (const auto& column : table.columns) names.push_back(column.first);
    throw UsageError("NAS-Bench-301", "{}", unknown_name("column", table.outcome, names));
  }
  return table;
}

}  // namespace

Nb301Run parse_nb301(std::string_view text, std::string_view place) {
  const Json file = parse_json(text, place);
  const Json config = member<Json>(file, "optimized_hyperparamater_config", place);  // as they spell it
  Nb301Run run;
  run.arch = arch_text(config, place);
  run.cells = member<int>(config, std::string(kDartsKey) + "layers", place);
  run.channels = member<int>(config, std::string(kDartsKey) + "init_channels", place);
  run.budget = member<int>(file, "budget", place);
  const Json curves = member<Json>(file, "learning_curves", place);
  run.train_loss = member<std::vector<double>>(curves, "Train/train_loss", place);
  run.train_accuracy = member<std::vector<double>>(curves, "Train/train_accuracy", place);
  run.valid_accuracy = member<std::vector<double>>(curves, "Train/val_accuracy", place);
  const std::size_t epochs = run.train_loss.size();
  if (epochs == 0 || run.train_accuracy.size() != epochs || run.valid_accuracy.size() != epochs) {
    throw DataError(place, "expected curves of as many epochs, at least one; got {}, {} and {}", epochs,
                    run.train_accuracy.size(), run.valid_accuracy.size());
  }
  const Json info = member<Json>(file, "info", place);
  if (!info.is_array() || info.empty()) throw DataError(place, "expected 'info' to be an array with an object");
  run.final_valid_accuracy = member<double>(info[0], "val_accuracy", place);
  run.params = member<double>(info[0], "model_parameters", place);
  run.test_accuracy = member<double>(file, "test_accuracy", place);
  run.train_seconds = member<double>(file, "runtime", place);
  return run;
}

CurveTable read_nb301(const fs::path& folder, const std::string& outcome, const Nb301Progress& progress) {
  const std::vector<fs::path> files = log_files(folder);
  std::vector<Nb301Run> runs;
  std::set<std::string> archs;
  Hash digest;
  for (const fs::path& name : files) {
    const fs::path file = folder / name;
    const Bytes bytes = read_file(file, kMostLogBytes);
    digest.add(name.generic_string() + " " + Hash().add(bytes).hex() + "\n");
    Nb301Run run = parse_nb301(as_text(bytes), file.string());
    if (const Nb301Run& first = runs.empty() ? run : runs.front();
        run.cells != first.cells || run.channels != first.channels || run.budget != first.budget) {
      throw DataError(file.string(),
                      "expected {} cells, {} channels and {} epochs, as in {}; got {}, {} and {}: name a folder of one "
                      "set-up",
                      first.cells, first.channels, first.budget, files.front().string(), run.cells, run.channels,
                      run.budget);
    }
    if (archs.insert(run.arch).second) runs.push_back(std::move(run));
    if (progress) progress(static_cast<std::size_t>(&name - files.data()) + 1, files.size());
  }
  CurveTable table = table_of(runs, outcome, folder);
  table.source = {{"kind", "nas-bench-301"},
                  {"folder", fs::absolute(folder).lexically_normal().filename().string()},
                  {"files", files.size()},
                  {"repeated", files.size() - runs.size()},
                  {"cells", runs.front().cells},
                  {"channels", runs.front().channels},
                  {"budget", runs.front().budget},
                  {"curves", Json::object()},
                  {"outcome", {{"column", table.outcome}, {"lower", table.outcome_lower}}},
                  {"sha256", digest.hex()}};  // of the lines `NAME SHA-256` of all files
  for (const auto& [metric, values] : table.curves) {
    const std::string name(to_text(metric));
    table.source["curves"][name] = {{"split", name.starts_with("train") ? "train" : "valid"}};
  }
  return table;
}

}  // namespace tse
