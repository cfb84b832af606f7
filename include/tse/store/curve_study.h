#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tse/base/json.h"
#include "tse/trial/curve_table.h"

namespace tse {

/// What a study of imported curves holds, without the numbers themselves.
struct CurveContents {
  std::size_t rows = 0;
  int epochs = 0;                                   // of the longest curve
  std::map<Metric, std::size_t> curves = {};        // numbers recorded, of rows x epochs
  std::map<std::string, std::size_t> columns = {};  // numbers recorded, of rows
  std::string outcome = {};                         // the column to rank against; empty without one
  bool outcome_lower = false;                       // lower outcomes are better
  Json source = Json::object();                     // as in CurveTable

  bool operator==(const CurveContents&) const = default;
};

/// The contents of a table that is in memory.
CurveContents contents_of(const CurveTable& table);

/// Makes a study file of a table, whole or not at all. `plan` has at least the verb: `{"verb": "import"}`. UsageError
/// where the table is not consistent or too large (a metric takes at most 250 MB), DataError where the file exists or
/// cannot be written.
void create_curve_study(const std::filesystem::path& path, const CurveTable& table, const Json& plan);

/// Whether a study file holds imported curves rather than trials of our own: its header says so. DataError where it is
/// no study.
bool holds_curves(const std::filesystem::path& path);

/// A study of imported curves, open for reading. What is asked for is read, and nothing else: opening one of 15,625
/// trainings, 200 epochs and five metrics takes milliseconds. The file may be anybody's: a DataError names file, table
/// and row where a size does not fit or a checksum does not match.
class CurveStudy {
 public:
  /// DataError where the file is not there, is no study or holds none of imported curves.
  explicit CurveStudy(const std::filesystem::path& path);
  ~CurveStudy();
  CurveStudy(CurveStudy&&) noexcept;
  CurveStudy& operator=(CurveStudy&&) noexcept;

  Json plan();
  const CurveContents& contents() const { return contents_; }

  /// One text per row.
  std::vector<std::string> archs();

  /// rows x epochs, row-major, as in CurveTable. UsageError that lists the metrics where it is not there.
  std::vector<double> curves(Metric metric);

  /// One number per row. UsageError that lists the columns where it is not there.
  std::vector<double> column(const std::string& name);

  /// Architectures, all columns and the wanted metrics.
  CurveTable read(std::span<const Metric> wanted);

 private:
  struct Open;

  std::unique_ptr<Open> open_;
  CurveContents contents_;
};

/// The table of a study, with the wanted metrics only; with all without `wanted`.
CurveTable read_curve_table(const std::filesystem::path& path, std::span<const Metric> wanted);
CurveTable read_curve_table(const std::filesystem::path& path);

}  // namespace tse
