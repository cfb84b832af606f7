#include "tse/table/curve_csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string>
#include <unordered_map>
#include <vector>

#include "tse/base/csv.h"
#include "tse/base/error.h"
#include "tse/base/file.h"
#include "tse/base/hash.h"
#include "tse/base/missing.h"
#include "tse/base/option.h"

namespace tse {
namespace {

constexpr std::size_t kMostFile = std::size_t{1} << 30U;  // bytes, packed or not

/// One file with what is to be told of it.
struct Table {
  Csv csv;
  std::vector<std::string_view> archs;
  Json source;
};

Table read_table(const std::filesystem::path& file) {
  Bytes bytes = read_file(file, kMostFile);
  Json source = {{"file", file.filename().string()}, {"sha256", Hash().add(bytes).hex()}};
  if (const Packing packing = packing_of(file); packing != Packing::none)
    bytes = unpack(bytes, packing, file.string(), kMostFile);
  Csv csv = Csv::parse(std::move(bytes), file.string());
  if (csv.rows() == 0) throw DataError(csv.place(), "expected a line for each training; got the header alone");
  return {.csv = std::move(csv), .archs = {}, .source = std::move(source)};
}

int epochs_of(const Csv& csv) {
  for (std::size_t column = 1; column < csv.header().size(); ++column) {
    if (csv.header()[column] != fmt::format("e{}", column))
      throw DataError(csv.place(), "expected column {} to be 'e{}'; got '{}'", column + 1, column,
                      csv.header()[column]);
  }
  if (csv.header().size() < 2) throw DataError(csv.place(), "expected columns arch, e1, e2, …; got 'arch' alone");
  return static_cast<int>(csv.header().size() - 1);
}

/// The rows of the table by architecture, in order of their first appearance.
class Rows {
 public:
  explicit Rows(CurveTable& table) : table_(table) {}

  void add(const std::vector<std::string_view>& archs) {
    for (const std::string_view arch : archs) {
      if (index_.emplace(arch, table_.archs.size()).second) table_.archs.emplace_back(arch);
    }
  }
  std::size_t count() const { return table_.archs.size(); }

  /// SIZE_MAX where there is no such row.
  std::size_t find(std::string_view arch) const {
    const auto found = index_.find(std::string(arch));
    return found == index_.end() ? std::numeric_limits<std::size_t>::max() : found->second;
  }

 private:
  CurveTable& table_;
  std::unordered_map<std::string, std::size_t> index_;
};

void read_outcome(const OutcomeName& name, const Table& file, const Rows& rows, CurveTable& table) {
  const Csv& csv = file.csv;
  const auto wanted = csv.find_column(name.column);
  if (!wanted) throw UsageError(csv.place(), "{}", unknown_name("column", name.column, csv.header()));
  if (*wanted == 0) throw UsageError(csv.place(), "expected a column of outcomes; got 'arch'");
  if (const std::size_t columns = csv.header().size() - 1;
      columns > kMostCurveNumbers / std::max<std::size_t>(table.rows(), 1))
    throw DataError(csv.place(), "expected at most {} numbers of outcomes; got {} columns for {} rows",
                    kMostCurveNumbers, columns, table.rows());
  Json left_out = Json::array();
  Json reasons = Json::array();
  for (std::size_t column = 1; column < csv.header().size(); ++column) {
    std::vector<double> values(table.rows(), kMissing);
    try {
      for (std::size_t row = 0; row < csv.rows(); ++row) {
        const double value = csv.number(row, column);
        if (const std::size_t to = rows.find(file.archs[row]); to < values.size()) values[to] = value;
      }
    } catch (const DataError& error) {
      if (column == *wanted) throw;
      left_out.push_back(csv.header()[column]);
      // without the folders of this machine, since it goes into the study
      std::string why = error.what();
      if (const std::size_t at = why.find(csv.place()); at != std::string::npos)
        why.replace(at, csv.place().size(), std::filesystem::path(csv.place()).filename().string());
      reasons.push_back(why);
      continue;
    }
    table.columns.emplace(csv.header()[column], std::move(values));
  }
  if (std::ranges::none_of(file.archs, [&](std::string_view arch) { return rows.find(arch) < table.rows(); }))
    throw DataError(csv.place(), "expected some of the curves' architectures; there is none");
  table.outcome = name.column;
  table.outcome_lower = name.lower;
  table.source["outcome"] = file.source;
  table.source["outcome"]["column"] = name.column;
  table.source["outcome"]["lower"] = name.lower;
  if (left_out.empty()) return;
  table.source["outcome"]["not_numbers"] = left_out;
  table.source["outcome"]["not_numbers_because"] = reasons;
}

/// The numbers of one file, without its text: tables of many trainings are large.
struct Curves {
  std::vector<std::size_t> rows;  // where each of its rows goes
  std::size_t epochs = 0;
  std::vector<double> values;  // rows x epochs
};

/// `epochs` of the longest curve in the files before.
Curves read_curves(const Table& file, Rows& rows, std::size_t epochs) {
  rows.add(file.archs);
  Curves curves{.rows = {}, .epochs = static_cast<std::size_t>(epochs_of(file.csv)), .values = {}};
  epochs = std::max(epochs, curves.epochs);
  if (rows.count() * epochs > kMostCurveNumbers)
    throw DataError(file.csv.place(), "expected at most {} numbers of a metric; got {} rows of {} epochs",
                    kMostCurveNumbers, rows.count(), epochs);
  curves.values.reserve(file.csv.rows() * curves.epochs);
  for (std::size_t row = 0; row < file.csv.rows(); ++row) {
    curves.rows.push_back(rows.find(file.archs[row]));
    for (std::size_t column = 1; column <= curves.epochs; ++column)
      curves.values.push_back(file.csv.number(row, column));
  }
  return curves;
}

std::vector<double> placed(const Curves& curves, std::size_t rows, std::size_t epochs) {
  std::vector<double> values(rows * epochs, kMissing);
  for (std::size_t row = 0; row < curves.rows.size(); ++row) {
    const auto from = curves.values.begin() + static_cast<std::ptrdiff_t>(row * curves.epochs);
    std::copy_n(from, curves.epochs, values.begin() + static_cast<std::ptrdiff_t>(curves.rows[row] * epochs));
  }
  return values;
}

}  // namespace

CurveFile parse_curve_file(std::string_view text, std::string_view place) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals + 1 == text.size())
    throw UsageError(place, "expected METRIC=FILE.csv as train_loss=train_loss.csv; got '{}'", text);
  return {.metric = metric_named(text.substr(0, equals), place), .file = text.substr(equals + 1)};
}

CurveTable read_curve_files(std::span<const CurveFile> files, const std::optional<OutcomeName>& outcome) {
  if (files.empty() && !outcome) throw UsageError("import", "expected curves, an outcome, or both; got neither");
  std::map<Metric, Curves> curves;
  CurveTable all;
  Rows rows(all);
  all.source = {{"kind", "csv"}, {"curves", Json::object()}};
  for (const CurveFile& file : files) {
    if (curves.contains(file.metric))
      throw UsageError("import", "expected each metric once; {} comes twice", to_text(file.metric));
    Table table = read_table(file.file);
    table.archs = table.csv.keys("arch");
    const Curves& read =
        curves.emplace(file.metric, read_curves(table, rows, static_cast<std::size_t>(all.epochs))).first->second;
    all.epochs = std::max(all.epochs, static_cast<int>(read.epochs));
    const std::string name(to_text(file.metric));
    all.source["curves"][name] = table.source;
    all.source["curves"][name]["split"] = name.substr(0, name.find('_'));
    all.source["curves"][name]["epochs"] = read.epochs;
  }
  if (outcome) {
    Table table = read_table(outcome->file);
    table.archs = table.csv.keys("arch");
    if (files.empty()) rows.add(table.archs);
    read_outcome(*outcome, table, rows, all);
  }
  for (auto& [metric, read] : curves) {
    all.curves.emplace(metric, placed(read, all.rows(), static_cast<std::size_t>(all.epochs)));
    read = {};
  }
  return all;
}

}  // namespace tse
