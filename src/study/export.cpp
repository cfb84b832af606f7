#include "tse/study/export.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "tse/base/csv.h"
#include "tse/base/error.h"
#include "tse/base/missing.h"
#include "tse/base/write.h"
#include "tse/store/study_file.h"
#include "tse/study/growth.h"
#include "tse/study/study.h"

namespace tse {
namespace {

namespace fs = std::filesystem;

/// A word of a command line: of a path the last part, of `cifar10:dir=…` what without_folder leaves.
std::string without_folders(const std::string& word) {
  if (word.find(":dir=") != std::string::npos || word.find(",dir=") != std::string::npos) return without_folder(word);
  if (word.find('/') == std::string::npos || word.find('|') != std::string::npos) return word;
  return fs::path(word).filename().string();
}

/// Infinite training losses from the epoch on in which it did.
void diverge(std::vector<double>& losses, std::size_t epochs) {
  losses.erase(std::ranges::find_if_not(losses, [](double loss) { return std::isfinite(loss); }), losses.end());
  losses.resize(std::max<std::size_t>(epochs, 1), std::numeric_limits<double>::infinity());
}

}  // namespace

void expect_over(Store& store, const Plan& plan) {
  if ((plan.search || plan.one_shot || plan.differentiate) && goes_on(store, plan))
    throw UsageError("--to",
                     "expected a search that is over, since its later trials depend on the earlier ones; go on with: "
                     "tse resume");
}

void expect_new_curves(const Runs& runs, const fs::path& folder) {
  for (std::size_t m = 0; m < kMetrics; ++m) {
    const auto metric = static_cast<Metric>(m);
    if (runs.has(metric)) expect_no_file(folder / (std::string(to_text(metric)) + ".csv"));
  }
  expect_no_file(folder / "final.csv");
}

Exported export_study(Store& from, const Plan& plan, const fs::path& to) {
  expect_over(from, plan);
  std::vector<Trial> finished = from.trials(true);
  const auto all = static_cast<int>(finished.size());
  std::erase_if(finished, [](const Trial& trial) { return trial.state != TrialState::finished; });

  Plan copy = plan;
  copy.data = without_folder(plan.data);
  std::ranges::transform(copy.command_line, copy.command_line.begin(), without_folders);
  for (std::size_t i = 0; i < finished.size(); ++i) {
    finished[i].job.number = static_cast<int>(i);
    finished[i].job.data = without_folder(finished[i].job.data);
  }
  std::map<std::string, Json> facts;
  for (const char* fact : {"data", "engine", "reused", "search_end", "search_finals"}) {
    if (auto value = from.recall(fact)) facts[fact] = std::move(*value);
  }
  create_finished_study(to, to_json(copy), facts, finished);
  return {.trials = static_cast<int>(finished.size()), .left = all - static_cast<int>(finished.size())};
}

Exported export_curves(const Runs& runs, const fs::path& folder) {
  std::map<std::string, std::vector<std::vector<double>>> metrics;  // by metric a row for each training
  std::size_t epochs = 0;
  for (std::size_t m = 0; m < kMetrics; ++m) {
    const auto metric = static_cast<Metric>(m);
    if (!runs.has(metric)) continue;
    auto& rows = metrics[std::string(to_text(metric))];
    for (const Record& record : runs.records()) {
      rows.emplace_back(record.curve(metric).begin(), record.curve(metric).end());
      epochs = std::max(epochs, rows.back().size());
    }
  }
  if (const auto losses = metrics.find(std::string(to_text(Metric::train_loss))); losses != metrics.end()) {
    for (std::size_t row = 0; row < runs.size(); ++row)
      if (runs.records()[row].status == TraceStatus::diverged) diverge(losses->second[row], epochs);
  }

  expect_new_curves(runs, folder);
  for (const auto& [name, rows] : metrics) {
    std::string text = "arch";
    for (std::size_t t = 1; t <= epochs; ++t) text += fmt::format(",e{}", t);
    text += "\n";
    for (std::size_t row = 0; row < runs.size(); ++row) {
      text += csv_cell(runs.archs()[row]);
      for (std::size_t t = 0; t < epochs; ++t) text += "," + csv_cell(t < rows[row].size() ? rows[row][t] : kMissing);
      text += "\n";
    }
    write_file(folder / (name + ".csv"), text);
  }

  std::string text = "arch";
  for (const auto& [name, column] : runs.columns()) text += "," + csv_cell(name);
  text += "\n";
  for (std::size_t row = 0; row < runs.size(); ++row) {
    text += csv_cell(runs.archs()[row]);
    for (const auto& [name, column] : runs.columns()) text += "," + csv_cell(column[row]);
    text += "\n";
  }
  write_file(folder / "final.csv", text);
  return {.trials = static_cast<int>(runs.size()), .left = static_cast<int>(runs.left_out)};
}

}  // namespace tse
