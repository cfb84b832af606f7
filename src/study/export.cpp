#include "tse/study/export.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "tse/base/csv.h"
#include "tse/base/spec.h"
#include "tse/base/write.h"
#include "tse/estimate/record.h"
#include "tse/space/graph.h"
#include "tse/space/space.h"
#include "tse/study/study.h"

namespace tse {
namespace {

namespace fs = std::filesystem;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

/// The data set without the folder that it was read from.
std::string without_folder(const std::string& data) {
  Spec spec = parse_spec(data, "data");
  std::erase_if(spec.options, [](const auto& option) { return option.first == "dir"; });
  return to_text(spec);
}

/// A word of a command line: of a path the last part, of `cifar10:dir=…` what without_folder leaves.
std::string without_folders(const std::string& word) {
  if (word.find(":dir=") != std::string::npos || word.find(",dir=") != std::string::npos) return without_folder(word);
  if (word.find('/') == std::string::npos || word.find('|') != std::string::npos) return word;
  return fs::path(word).filename().string();
}

/// An infinite loss is how a table says that a training diverged.
std::string loss_cell(double value) { return std::isinf(value) && value > 0 ? "inf" : csv_cell(value); }

/// Infinite training losses from the epoch on in which it did.
void diverge(Curves& curves, int epochs) {
  std::vector<double>& losses = curves[static_cast<std::size_t>(Metric::train_loss)];
  const auto bad = std::ranges::find_if_not(losses, [](double loss) { return std::isfinite(loss); });
  losses.erase(bad, losses.end());
  losses.resize(static_cast<std::size_t>(std::max(epochs, 1)), std::numeric_limits<double>::infinity());
}

}  // namespace

Exported export_study(Store& from, const Plan& plan, const fs::path& to) {
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
  for (const char* fact : {"data", "engine"}) {
    if (auto value = from.recall(fact)) facts[fact] = std::move(*value);
  }
  create_finished_study(to, to_json(copy), facts, finished);
  return {.trials = static_cast<int>(finished.size()), .left = all - static_cast<int>(finished.size())};
}

Exported export_curves(Store& from, const Plan& plan, const fs::path& folder) {
  std::map<std::string, std::vector<std::vector<double>>> metrics;  // rows as `archs`, empty where not measured
  std::vector<const Trial*> rows;
  const std::vector<Trial> trials = from.trials(true);
  std::size_t epochs = 0;
  for (const Trial& trial : trials) {
    if (trial.state != TrialState::finished) continue;
    Curves curves = curves_of(trial.trace);
    if (trial.trace.status == TraceStatus::diverged) diverge(curves, trial.job.budget.epochs);
    for (std::size_t m = 0; m < kMetrics; ++m) {
      std::vector<double>& curve = curves[m];
      if (std::ranges::none_of(curve, [](double value) { return !std::isnan(value); })) continue;
      const std::string name(to_text(static_cast<Metric>(m)));
      epochs = std::max(epochs, curve.size());
      metrics[name].resize(rows.size() + 1);
      metrics[name].back() = std::move(curve);
    }
    rows.push_back(&trial);
  }

  std::vector<std::string> scores;
  for (const Trial* trial : rows) {
    for (const StaticScore& score : trial->trace.scores)
      if (std::ranges::find(scores, score.name) == scores.end()) scores.push_back(score.name);
  }
  std::erase_if(scores, [](const std::string& name) { return name == "params" || name == "macs"; });

  std::string last = "arch,params,macs,status";
  for (const auto& [name, curves] : metrics) last += "," + name;
  for (const std::string& name : scores) last += "," + csv_cell(name);
  last += "\n";
  const auto space = make_space(plan.space);
  const auto record = from.recall("data");
  const Task task = record ? data_record_from_json(*record, "data").task : Task{};
  for (std::size_t row = 0; row < rows.size(); ++row) {
    std::string params;
    std::string macs_text;
    const Trace& trace = rows[row]->trace;
    if (record) {
      const Graph graph = space->lower(rows[row]->job.arch, task);
      params = fmt::format("{}", parameters(graph));
      macs_text = fmt::format("{}", macs(graph));
    }
    last += fmt::format("{},{},{},{}", csv_cell(rows[row]->job.arch.text), params, macs_text, to_text(trace.status));
    for (auto& [name, curves] : metrics) {
      curves.resize(rows.size());
      const std::vector<double>& curve = curves[row];
      double value = curve.empty() ? kUnknown : curve.back();
      if (name == to_text(Metric::test_accuracy))
        value = own_outcome(trace, rows[row]->job.budget.epochs, task.classes).value_or(value);
      last += "," + loss_cell(value);
    }
    for (const std::string& name : scores) {
      const auto score = std::ranges::find(trace.scores, name, &StaticScore::name);
      last += "," + (score == trace.scores.end() ? "" : csv_cell(score->value));
    }
    last += "\n";
  }

  for (const auto& [name, curves] : metrics) {
    std::string text = "arch";
    for (std::size_t t = 1; t <= epochs; ++t) text += fmt::format(",e{}", t);
    text += "\n";
    for (std::size_t row = 0; row < rows.size(); ++row) {
      text += csv_cell(rows[row]->job.arch.text);
      for (std::size_t t = 0; t < epochs; ++t) text += "," + (t < curves[row].size() ? loss_cell(curves[row][t]) : "");
      text += "\n";
    }
    write_file(folder / (name + ".csv"), text);
  }
  write_file(folder / "final.csv", last);
  return {.trials = static_cast<int>(rows.size()), .left = static_cast<int>(trials.size() - rows.size())};
}

}  // namespace tse
