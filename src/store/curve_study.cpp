#include "tse/store/curve_study.h"

#include <zlib.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "database.h"
#include "draft.h"
#include "schema.h"
#include "sqlite.h"
#include "texts_codec.h"
#include "tse/base/error.h"
#include "tse/base/option.h"
#include "tse/store/codec.h"

namespace tse {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are copied as they lie in memory");

constexpr std::size_t kMostBytes =
    kMostCurveNumbers * sizeof(double);  // of one value: SQLite is told of a limit just above
constexpr std::int64_t kMostRows = std::int64_t{1} << 26U;
constexpr std::int64_t kMostCurveEpochs = 1'000'000;
constexpr int kPageBytes = 16'384;  // a metric is megabytes that lie one behind the other

std::string_view as_bytes(std::span<const double> numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size_bytes()};
}

std::int64_t checksum(std::string_view bytes) {
  return static_cast<std::int64_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::size_t recorded(std::span<const double> numbers) {
  return static_cast<std::size_t>(std::ranges::count_if(numbers, [](double number) { return !std::isnan(number); }));
}

std::size_t curve_numbers(std::size_t rows, int epochs) { return rows * static_cast<std::size_t>(epochs); }

void check(const CurveTable& table) {
  const std::string_view place = "curve table";
  if (table.epochs < 0 || table.epochs > kMostCurveEpochs)
    throw UsageError(place, "expected epochs in [0, {}]; got {}", kMostCurveEpochs, table.epochs);
  const std::size_t numbers = curve_numbers(table.rows(), table.epochs);
  if (table.rows() > kMostRows || numbers > kMostCurveNumbers) {
    throw UsageError(place, "expected at most {} numbers of a metric; got {} rows of {} epochs", kMostCurveNumbers,
                     table.rows(), table.epochs);
  }
  for (const auto& [metric, values] : table.curves) {
    if (values.size() != numbers)
      throw UsageError(place, "expected {} numbers of {}; got {}", numbers, to_text(metric), values.size());
  }
  for (const auto& [name, values] : table.columns) {
    if (values.size() != table.rows())
      throw UsageError(place, "expected {} numbers of '{}'; got {}", table.rows(), name, values.size());
  }
  if (!table.outcome.empty() && !table.columns.contains(table.outcome))
    throw UsageError(place, "expected the outcome to be a column; there is no '{}'", table.outcome);
}

void fill(Database& db, const CurveTable& table, const Json& plan) {
  create_tables(db, kSchema);
  create_tables(db, kCurveSchema);
  write_plan(db, plan);
  std::size_t plain_bytes = 0;
  const std::string archs = encode_texts(table.archs, plain_bytes);
  if (plain_bytes > kMostBytes)
    throw UsageError("curve table", "expected architectures of at most {} bytes; got {}", kMostBytes, plain_bytes);
  db.run("INSERT INTO curve_table VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)", static_cast<std::int64_t>(table.rows()),
         table.epochs, table.outcome, static_cast<int>(table.outcome_lower), json_line(table.source, "source"),
         static_cast<std::int64_t>(plain_bytes), checksum(archs), std::string_view(archs));
  for (const auto& [metric, values] : table.curves) {
    db.run("INSERT INTO curve VALUES (NULL, ?, ?, ?, ?)", std::string(to_text(metric)),
           static_cast<std::int64_t>(recorded(values)), checksum(as_bytes(values)), as_bytes(values));
  }
  for (const auto& [name, values] : table.columns) {
    db.run("INSERT INTO curve_column VALUES (NULL, ?, ?, ?, ?)", name, static_cast<std::int64_t>(recorded(values)),
           checksum(as_bytes(values)), as_bytes(values));
  }
}

/// What a row lists of its numbers, after its number and name: how many are recorded, and the bytes they take.
std::size_t listed(const Query& row, std::size_t numbers) {
  const std::int64_t bytes = row.integer(3, 0, std::numeric_limits<std::int64_t>::max());
  if (static_cast<std::size_t>(bytes) != numbers * sizeof(double))
    throw DataError(row.place(), "expected {} bytes of numbers; got {}", numbers * sizeof(double), bytes);
  return static_cast<std::size_t>(row.integer(2, 0, static_cast<std::int64_t>(numbers)));
}

CurveContents read_contents(Database& db) {
  CurveContents all;
  {
    Query row =
        db.query("curve_table", "SELECT one, rows, epochs, outcome, outcome_lower, source FROM curve_table LIMIT 1");
    if (!row.next()) throw DataError(db.name(), "expected a table of curves; there is none");
    all.rows = static_cast<std::size_t>(row.integer(1, 0, kMostRows));
    all.epochs = static_cast<int>(row.integer(2, 0, kMostCurveEpochs));
    if (curve_numbers(all.rows, all.epochs) > kMostCurveNumbers)
      throw DataError(row.place(), "expected fewer rows and epochs; got {} of {}", all.rows, all.epochs);
    all.outcome = row.text(3);
    all.outcome_lower = row.integer(4, 0, 1) == 1;
    all.source = parse_json(row.text(5), row.place());
  }
  Query curve = db.query("curve", "SELECT number, metric, recorded, length(numbers) FROM curve");
  while (curve.next()) {
    const Metric metric = parse_metric(curve.text(1), curve.place());
    const std::size_t values = listed(curve, curve_numbers(all.rows, all.epochs));
    if (!all.curves.emplace(metric, values).second)
      throw DataError(curve.place(), "expected each metric once; {} stands twice", to_text(metric));
  }
  Query column = db.query("curve_column", "SELECT number, name, recorded, length(numbers) FROM curve_column");
  while (column.next()) {
    if (!all.columns.emplace(column.text(1), listed(column, all.rows)).second)
      throw DataError(column.place(), "expected each column once; '{}' stands twice", column.text(1));
  }
  if (!all.outcome.empty() && !all.columns.contains(all.outcome))
    throw DataError(db.name(), "expected the outcome to be a column; there is no '{}'", all.outcome);
  return all;
}

void check_crc(const Query& row, int column, std::string_view bytes) {
  if (row.integer(column, 0, std::numeric_limits<std::uint32_t>::max()) != checksum(bytes))
    throw DataError(row.place(), "expected bytes with a matching CRC-32; all {} are damaged", bytes.size());
}

/// The numbers of a row of `table`, whose own number and CRC-32 are its first columns.
std::vector<double> numbers_of(Database& db, const char* table, Query& row, std::size_t count) {
  if (!row.next()) throw DataError(db.name(), "expected numbers that were there a moment ago");
  std::vector<double> numbers(count);
  const auto bytes = std::as_writable_bytes(std::span(numbers));
  db.read_blob(table, "numbers", row.integer(0, 0, std::numeric_limits<std::int64_t>::max()),
               {reinterpret_cast<char*>(bytes.data()), bytes.size()}, row.place());
  check_crc(row, 1, as_bytes(numbers));
  return numbers;
}

}  // namespace

struct CurveStudy::Open {
  explicit Open(const std::filesystem::path& path) : db(path, Database::Mode::read, std::chrono::seconds(30)) {}
  Database db;
};

CurveContents contents_of(const CurveTable& table) {
  CurveContents all{.rows = table.rows(),
                    .epochs = table.epochs,
                    .outcome = table.outcome,
                    .outcome_lower = table.outcome_lower,
                    .source = table.source};
  for (const auto& [metric, values] : table.curves) all.curves[metric] = recorded(values);
  for (const auto& [name, values] : table.columns) all.columns[name] = recorded(values);
  return all;
}

void create_curve_study(const std::filesystem::path& path, const CurveTable& table, const Json& plan) {
  check(table);
  make_study_file(path, {.version = kCurveFormatVersion, .page_bytes = kPageBytes, .concurrent = false},
                  [&](Database& db) { fill(db, table, plan); });
}

bool holds_curves(const std::filesystem::path& path) {
  return Database(path, Database::Mode::look, std::chrono::seconds(0)).format() == kCurveFormatVersion;
}

CurveStudy::CurveStudy(const std::filesystem::path& path) : open_(std::make_unique<Open>(path)) {
  Database& db = open_->db;
  if (db.format() != kCurveFormatVersion)
    throw DataError(db.name(), "expected a study of imported curves; it is one of trainings of its own");
  db.guarded([&] { check_schema(db); });
  contents_ = db.read([&] { return read_contents(db); });
}

CurveStudy::~CurveStudy() = default;
CurveStudy::CurveStudy(CurveStudy&&) noexcept = default;
CurveStudy& CurveStudy::operator=(CurveStudy&&) noexcept = default;

Json CurveStudy::plan() { return read_plan(open_->db); }

std::vector<std::string> CurveStudy::archs() {
  Database& db = open_->db;
  return db.guarded([&] {
    Query row = db.query("curve_table", "SELECT one, crc, archs, archs_bytes FROM curve_table LIMIT 1");
    if (!row.next()) throw DataError(db.name(), "expected a table of curves; there is none");
    const std::string_view bytes = row.blob(2);
    check_crc(row, 1, bytes);
    const auto plain = row.integer(3, 0, static_cast<std::int64_t>(kMostBytes));
    return decode_texts(bytes, contents_.rows, static_cast<std::size_t>(plain), row.place());
  });
}

std::vector<double> CurveStudy::curves(Metric metric) {
  Database& db = open_->db;
  if (!contents_.curves.contains(metric)) {
    std::vector<std::string> known;
    for (const auto& [there, count] : contents_.curves) known.emplace_back(to_text(there));
    throw UsageError(db.name(), "{}", unknown_name("metric", to_text(metric), known));
  }
  return db.guarded([&] {
    Query row = db.query("curve", "SELECT number, crc FROM curve WHERE metric = ?", std::string(to_text(metric)));
    return numbers_of(db, "curve", row, curve_numbers(contents_.rows, contents_.epochs));
  });
}

std::vector<double> CurveStudy::column(const std::string& name) {
  Database& db = open_->db;
  if (!contents_.columns.contains(name)) {
    std::vector<std::string> known;
    for (const auto& [there, count] : contents_.columns) known.push_back(there);
    throw UsageError(db.name(), "{}", unknown_name("column", name, known));
  }
  return db.guarded([&] {
    Query row = db.query("curve_column", "SELECT number, crc FROM curve_column WHERE name = ?", name);
    return numbers_of(db, "curve_column", row, contents_.rows);
  });
}

CurveTable CurveStudy::read(std::span<const Metric> wanted) {
  CurveTable table{.archs = archs(),
                   .epochs = contents_.epochs,
                   .outcome = contents_.outcome,
                   .outcome_lower = contents_.outcome_lower,
                   .source = contents_.source};
  for (const Metric metric : wanted) table.curves.emplace(metric, curves(metric));
  for (const auto& [name, count] : contents_.columns) table.columns.emplace(name, column(name));
  return table;
}

CurveTable read_curve_table(const std::filesystem::path& path, std::span<const Metric> wanted) {
  return CurveStudy(path).read(wanted);
}

CurveTable read_curve_table(const std::filesystem::path& path) {
  CurveStudy study(path);
  std::vector<Metric> all;
  for (const auto& [metric, count] : study.contents().curves) all.push_back(metric);
  return study.read(all);
}

}  // namespace tse
