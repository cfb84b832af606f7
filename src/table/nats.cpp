#include "tse/table/nats.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "nats_files.h"
#include "tse/base/error.h"
#include "tse/base/hash.h"
#include "tse/base/missing.h"
#include "tse/base/option.h"
#include "tse/base/outcome_name.h"

namespace tse {
namespace {

constexpr const char* kPlace = "NATS-Bench";
constexpr const char* kMean = "mean";

using Words = std::vector<std::string>;

template <class Range, class Part>
Words distinct(const Range& all, Part part) {
  Words words;
  for (const auto& one : all) {
    if (std::string word(part(one)); std::ranges::find(words, word) == words.end()) words.push_back(std::move(word));
  }
  return words;
}

void choose(std::string_view what, const std::string& asked, const Words& choices) {
  if (std::ranges::find(choices, asked) != choices.end()) return;
  throw UsageError(kPlace, "expected {}, one of {}; got {}", what, fmt::join(choices, ", "),
                   asked.empty() ? "none" : "'" + asked + "'");
}

/// Fills in what the first file leaves no choice about, and refuses what it leaves open.
NatsRequest settled(NatsRequest request, const NatsCell& first) {
  choose("a data set", request.dataset, distinct(first.runs, [](const NatsRun& run) { return run.dataset; }));
  std::vector<NatsRun> runs = first.runs;
  std::erase_if(runs, [&](const NatsRun& run) { return run.dataset != request.dataset; });
  choose("a recipe (hp)", request.hp, distinct(runs, [](const NatsRun& run) { return run.hp; }));
  std::erase_if(runs, [&](const NatsRun& run) { return run.hp != request.hp; });
  Words seeds = distinct(runs, [](const NatsRun& run) { return std::to_string(run.seed); });
  std::ranges::sort(seeds);
  seeds.emplace_back(kMean);
  const bool number = !request.run.empty() && request.run.size() < 9 &&
                      std::ranges::all_of(request.run, [](char c) { return c >= '0' && c <= '9'; });
  if (!number) choose("a run", request.run, seeds);  // other cells may have other seeds
  Words splits = distinct(runs.front().splits, [](const auto& split) { return split.first; });
  if (request.valid_split.empty() && std::ranges::find(splits, "x-valid") != splits.end())
    request.valid_split = "x-valid";
  if (!request.valid_split.empty()) choose("a split for the valid_ metrics", request.valid_split, splits);
  if (request.test_split.empty()) std::erase(splits, request.valid_split);
  if (request.test_split.empty() && splits.size() == 1) request.test_split = splits.front();
  choose("a split for the test_ metrics", request.test_split, splits);
  return request;
}

/// Sums curves of several runs and divides.
class Mean {
 public:
  explicit Mean(std::size_t epochs) : values_(epochs, 0) {}

  void add(const std::vector<double>& curve) {
    for (std::size_t i = 0; i < values_.size(); ++i) values_[i] += i < curve.size() ? curve[i] : kMissing;
    ++count_;
  }
  std::vector<double> get() {
    for (double& value : values_) value /= static_cast<double>(count_);
    return values_;
  }

 private:
  std::vector<double> values_;
  std::size_t count_ = 0;
};

std::vector<double> mean_of(const std::vector<NatsRun>& runs, std::string_view split, std::size_t epochs,
                            std::vector<double> NatsCurves::* member) {
  Mean mean(epochs);
  for (const NatsRun& run : runs) {
    const auto found = run.splits.find(std::string(split));
    if (split == "train") {
      mean.add(run.train.*member);
    } else {
      mean.add(found == run.splits.end() ? std::vector<double>{} : found->second.*member);
    }
  }
  return mean.get();
}

double mean_of(const std::vector<NatsRun>& runs, double NatsRun::* member) {
  double sum = 0;
  for (const NatsRun& run : runs) sum += run.*member;
  return sum / static_cast<double>(runs.size());
}

/// Grows the table row by row.
class Builder {
 public:
  Builder(const NatsRequest& request, int epochs) : request_(request) { table_.epochs = epochs; }

  void add(const NatsCell& cell) {
    std::vector<NatsRun> runs;
    for (const NatsRun& run : cell.runs) {
      if (run.hp != request_.hp || run.dataset != request_.dataset) continue;
      if (run.epochs > table_.epochs)
        throw DataError(kPlace, "expected {} epochs of cell {}; got {}", table_.epochs, cell.index, run.epochs);
      ++seeds_[run.seed];
      if (request_.run == kMean || std::to_string(run.seed) == request_.run) runs.push_back(run);
    }
    if (runs.empty()) {
      ++without_run_;
      return;
    }
    if (!archs_.insert(cell.arch).second)
      throw DataError(kPlace, "expected each architecture once; {} comes again as cell {}", cell.arch, cell.index);
    table_.archs.push_back(cell.arch);
    if (table_.archs.size() * static_cast<std::size_t>(table_.epochs) > kMostCurveNumbers)
      throw DataError(kPlace, "expected at most {} numbers of a metric; got more than {} cells of {} epochs",
                      kMostCurveNumbers, table_.archs.size() - 1, table_.epochs);
    add_curves("train", Metric::train_loss, Metric::train_accuracy, runs);
    if (!request_.valid_split.empty())
      add_curves(request_.valid_split, Metric::valid_loss, Metric::valid_accuracy, runs);
    add_curves(request_.test_split, Metric::test_loss, Metric::test_accuracy, runs);
    add_columns(cell, runs);
  }

  CurveTable finish() {
    if (table_.archs.empty()) {
      throw UsageError(kPlace, "expected a run of {} that some cell has, one of {}; got {}", request_.dataset,
                       fmt::join(distinct(seeds_, [](const auto& seed) { return std::to_string(seed.first); }), ", "),
                       request_.run);
    }
    const auto empty = [](const auto& entry) {
      return std::ranges::all_of(entry.second, [](double value) { return std::isnan(value); });
    };
    std::erase_if(table_.curves, empty);
    std::erase_if(table_.columns, empty);
    set_outcome();
    Json& source = table_.source;
    source = {{"kind", "nats-bench"},
              {"space", table_.archs.front().starts_with('|') ? "topology" : "size"},
              {"dataset", request_.dataset},
              {"hp", request_.hp},
              {"run", request_.run},
              {"without_run", without_run_},
              {"seeds", Json::object()},
              {"curves", Json::object()},
              {"outcome", {{"column", table_.outcome}, {"lower", table_.outcome_lower}}}};
    for (const auto& [seed, count] : seeds_) source["seeds"][std::to_string(seed)] = count;
    for (const auto& [metric, values] : table_.curves) {
      const std::string name(to_text(metric));
      source["curves"][name] = {{"split", name.starts_with("train")   ? "train"
                                          : name.starts_with("valid") ? request_.valid_split
                                                                      : request_.test_split}};
    }
    return std::move(table_);
  }

 private:
  void add_curves(std::string_view split, Metric loss, Metric accuracy, const std::vector<NatsRun>& runs) {
    const auto epochs = static_cast<std::size_t>(table_.epochs);
    for (const auto& [metric, member] :
         {std::pair{loss, &NatsCurves::loss}, std::pair{accuracy, &NatsCurves::accuracy}}) {
      const std::vector<double> curve = mean_of(runs, split, epochs, member);
      auto& all = table_.curves[metric];
      all.insert(all.end(), curve.begin(), curve.end());
    }
  }

  void add_columns(const NatsCell& cell, const std::vector<NatsRun>& runs) {
    const auto epochs = static_cast<std::size_t>(runs.front().epochs);
    auto& columns = table_.columns;
    columns["index"].push_back(cell.index);
    columns["params"].push_back(mean_of(runs, &NatsRun::params));
    columns["macs"].push_back(mean_of(runs, &NatsRun::macs));
    columns["latency_seconds"].push_back(mean_of(runs, &NatsRun::latency_seconds));
    columns["train_seconds"].push_back(mean_of(runs, &NatsRun::train_seconds));
    if (request_.run == kMean) columns["runs"].push_back(static_cast<double>(runs.size()));
    for (const char* split : {"train", "x-valid", "x-test", "ori-test"}) {
      columns[fmt::format("{}_loss", split)].push_back(mean_of(runs, split, epochs, &NatsCurves::loss).back());
      columns[fmt::format("{}_accuracy", split)].push_back(mean_of(runs, split, epochs, &NatsCurves::accuracy).back());
    }
  }

  void set_outcome() {
    const ColumnName asked =
        parse_column_name(request_.outcome.empty() ? request_.test_split + "_accuracy" : request_.outcome);
    table_.outcome = asked.column;
    table_.outcome_lower = asked.lower;
    if (table_.columns.contains(table_.outcome)) return;
    throw UsageError(kPlace, "{}",
                     unknown_name("column", table_.outcome,
                                  distinct(table_.columns, [](const auto& column) { return column.first; })));
  }

  NatsRequest request_;
  CurveTable table_;
  std::set<std::string> archs_;
  std::map<int, std::size_t> seeds_;  // cells that have each
  std::size_t without_run_ = 0;
};

}  // namespace

CurveTable read_nats(const std::filesystem::path& folder, const NatsRequest& request, const NatsOptions& options) {
  const std::vector<std::filesystem::path> files = nats_files(folder);
  const NatsFile first = read_nats_file(files.front());
  const NatsRequest all = settled(request, first.cell);
  int epochs = 0;
  for (const NatsRun& run : first.cell.runs) {
    if (run.hp == all.hp && run.dataset == all.dataset) epochs = std::max(epochs, run.epochs);
  }
  const std::vector<std::string> archs = nats_archs(folder);
  Builder builder(all, epochs);
  Hash digest;
  read_nats_files(files, options.threads, [&](std::size_t number, NatsFile file) {
    const auto index = static_cast<std::size_t>(file.cell.index);
    if (!archs.empty() && (index >= archs.size() || archs[index] != file.cell.arch))
      throw DataError(files[number].string(), "expected cell {} of meta.pickle.pbz2; got {}", index, file.cell.arch);
    digest.add(files[number].filename().string() + " " + file.sha256 + "\n");
    builder.add(file.cell);
    if (options.progress) options.progress(number + 1, files.size());
  });
  CurveTable table = builder.finish();
  table.source["folder"] = std::filesystem::absolute(folder).lexically_normal().filename().string();
  table.source["cells"] = files.size();
  if (!archs.empty()) table.source["cells_of_the_space"] = archs.size();
  table.source["sha256"] = digest.hex();  // of the lines `NAME SHA-256` of all files
  return table;
}

}  // namespace tse
