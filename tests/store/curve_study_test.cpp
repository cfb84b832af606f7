#include "tse/store/curve_study.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <chrono>
#include <cmath>
#include <cstring>

#include "store/samples.h"
#include "store/sqlite_study.h"
#include "support/expect_error.h"
#include "tse/base/random.h"
#include "tse/store/study_file.h"

namespace tse {
namespace {

using testing::HasSubstr;

const Json kImport = {{"verb", "import"}};
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

CurveTable small_table() {
  return {
      .archs = {"a", "", "two\nlines, ä"},
      .epochs = 2,
      .curves = {{Metric::train_loss, {1.5, 1.25, kNaN, INFINITY, 0, -0.0}}, {Metric::test_error, {1, 2, 3, 4, 5, 6}}},
      .columns = {{"params", {1, kNaN, 3}}, {"accuracy", {90, 80.5, 70}}},
      .outcome = "accuracy",
      .outcome_lower = true,
      .source = {{"kind", "test"}}};
}

CurveTable large_table(std::size_t rows, int epochs, std::initializer_list<Metric> metrics) {
  CurveTable table{.archs = {}, .epochs = epochs};
  Stream stream(3);
  for (std::size_t row = 0; row < rows; ++row)
    table.archs.push_back("|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|" +
                          std::to_string(row));
  for (const Metric metric : metrics) {
    std::vector<double>& all = table.curves[metric];
    for (std::size_t i = 0; i < rows * static_cast<std::size_t>(epochs); ++i) all.push_back(stream.unit());
  }
  return table;
}

bool same_bits(const std::vector<double>& one, const std::vector<double>& other) {
  return one.size() == other.size() && std::memcmp(one.data(), other.data(), one.size() * sizeof(double)) == 0;
}

void sql(const fs::path& file, const std::string& text) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &handle), SQLITE_OK);
  char* problem = nullptr;
  EXPECT_EQ(sqlite3_exec(handle, text.c_str(), nullptr, nullptr, &problem), SQLITE_OK) << problem;
  sqlite3_close(handle);
}

using CurveStudyTest = SqliteTest;

TEST_F(CurveStudyTest, KeepsATableBitByBit) {
  const CurveTable table = small_table();
  create_curve_study(file(), table, kImport);
  EXPECT_TRUE(is_sound(file()));
  const CurveTable back = read_curve_table(file());
  EXPECT_EQ(back.archs, table.archs);
  EXPECT_EQ(back.epochs, 2);
  ASSERT_EQ(back.curves.size(), 2U);
  for (const auto& [metric, values] : table.curves) EXPECT_TRUE(same_bits(back.curves.at(metric), values));
  ASSERT_EQ(back.columns.size(), 2U);
  for (const auto& [name, values] : table.columns) EXPECT_TRUE(same_bits(back.columns.at(name), values));
  EXPECT_EQ(back.outcome, "accuracy");
  EXPECT_TRUE(back.outcome_lower);
  EXPECT_EQ(back.source, table.source);
}

TEST_F(CurveStudyTest, SaysWhatIsThere) {
  create_curve_study(file(), small_table(), kImport);
  CurveStudy study(file());
  EXPECT_EQ(study.plan(), kImport);
  EXPECT_EQ(study.contents(), contents_of(small_table()));
  EXPECT_EQ(study.contents().curves, (std::map<Metric, std::size_t>{{Metric::train_loss, 5}, {Metric::test_error, 6}}));
  EXPECT_EQ(study.contents().columns.at("params"), 2U);
  EXPECT_TRUE(holds_curves(file()));
  EXPECT_THAT(files(), testing::ElementsAre("study.db"));  // no log beside it
}

TEST_F(CurveStudyTest, ReadsWhatIsAskedFor) {
  create_curve_study(file(), small_table(), kImport);
  const Metric wanted[] = {Metric::test_error};
  const CurveTable table = read_curve_table(file(), wanted);
  EXPECT_EQ(table.curves.size(), 1U);
  EXPECT_EQ(table.curve(Metric::test_error, 1)[1], 4);
  CurveStudy study(file());
  EXPECT_THAT(tse::message_of<UsageError>([&] { study.curves(Metric::valid_loss); }), HasSubstr("train_loss"));
  EXPECT_THAT(tse::message_of<UsageError>([&] { study.column("flops"); }), HasSubstr("params"));
}

TEST_F(CurveStudyTest, EmptyTablesAreTables) {
  create_curve_study(file(), {}, kImport);
  EXPECT_EQ(read_curve_table(file()), CurveTable{});
}

TEST_F(CurveStudyTest, IsMadeWholeOrNotAtAll) {
  CurveTable table = small_table();
  table.curves[Metric::train_loss].pop_back();
  EXPECT_THROW(create_curve_study(file(), table, kImport), UsageError);
  table = small_table();
  table.columns["params"].push_back(1);
  EXPECT_THROW(create_curve_study(file(), table, kImport), UsageError);
  table = small_table();
  table.outcome = "none";
  EXPECT_THROW(create_curve_study(file(), table, kImport), UsageError);
  EXPECT_THAT(files(), testing::IsEmpty());
  create_curve_study(file(), small_table(), kImport);
  EXPECT_THAT(message_of([&] { create_curve_study(file(), small_table(), kImport); }), HasSubstr("exists already"));
}

/// Studies of trainings keep their format, so that they open as ever, and neither is taken for the other.
TEST_F(CurveStudyTest, IsNotTakenForAStudyOfTrainings) {
  make(1).reset();
  EXPECT_FALSE(holds_curves(file()));
  EXPECT_EQ(content(file()).substr(60, 4), std::string("\0\0\0\2", 4));
  EXPECT_THAT(message_of([&] { CurveStudy study(file()); }), HasSubstr("expected a study of imported curves"));
  create_curve_study(file("curves"), small_table(), kImport);
  EXPECT_EQ(content(file("curves")).substr(60, 4), std::string("\0\0\0\3", 4));
  EXPECT_EQ(open_sqlite_study(file("curves"), Access::read)->count(), 0);
}

TEST_F(CurveStudyTest, NamesWhatIsDamaged) {
  const auto expect = [&](const std::string& damage, const std::string& words) {
    fs::remove(file());
    create_curve_study(file(), small_table(), kImport);
    sql(file(), damage);
    EXPECT_THAT(message_of([&] { read_curve_table(file()); }), HasSubstr(words)) << damage;
  };
  expect("UPDATE curve SET numbers = zeroblob(48) WHERE number = 1",
         "table curve, row 1] expected bytes with a matching CRC-32");
  expect("UPDATE curve SET numbers = zeroblob(40)", "expected 48 bytes of numbers; got 40");
  expect("UPDATE curve SET metric = 'loss'", "expected a metric");
  expect("UPDATE curve SET metric = 'train_loss'", "each metric once");
  expect("UPDATE curve SET recorded = 7", "expected recorded in [0, 6]; got 7");
  expect("UPDATE curve_column SET numbers = x'00'", "expected 24 bytes of numbers; got 1");
  expect("UPDATE curve_column SET name = 'x'", "each column once");
  expect("UPDATE curve_table SET rows = 4", "expected 64 bytes of numbers");
  expect("UPDATE curve_table SET rows = -1", "expected rows in");
  expect("UPDATE curve_table SET rows = 60000000, epochs = 1000000", "expected fewer rows and epochs");
  expect("UPDATE curve_table SET archs = x'789c'", "matching CRC-32");
  expect("UPDATE curve_table SET archs_bytes = 200000000", "expected texts of at most");
  expect("UPDATE curve_table SET archs_bytes = archs_bytes - 1", "expected texts that unpack to");
  expect("UPDATE curve_table SET outcome = 'nothing'", "expected the outcome to be a column");
  expect("UPDATE curve_table SET source = '{'", "expected JSON");
  expect("DELETE FROM curve_table", "expected a table of curves");
  expect("DROP TABLE curve", "expected the tables of a study");
  expect("PRAGMA user_version = 2", "expected a study of imported curves");
}

/// The whole of NAS-Bench-201: opened in a moment, and each metric read at the speed of memory, more or less. Bounds
/// are generous, since machines are busy; docs/curve-tables.md has the numbers.
TEST_F(CurveStudyTest, OpensAndReadsFast) {
  using Clock = std::chrono::steady_clock;
  const auto metrics = {Metric::train_loss, Metric::valid_loss, Metric::test_loss, Metric::train_accuracy,
                        Metric::valid_accuracy};
  const CurveTable table = large_table(15'625, 200, metrics);
  create_curve_study(file(), table, kImport);
  double open_seconds = 1e9;
  double read_seconds = 1e9;
  double copy_seconds = 1e9;
  for (int i = 0; i < 5; ++i) {
    const auto start = Clock::now();
    CurveStudy study(file());
    ASSERT_EQ(study.contents().rows, 15'625U);
    const auto opened = Clock::now();
    const std::vector<double> values = study.curves(Metric::valid_loss);
    const auto read = Clock::now();
    ASSERT_TRUE(same_bits(values, table.curves.at(Metric::valid_loss)));
    const auto compared = Clock::now();
    const std::vector<double> copy = values;
    ASSERT_EQ(copy.size(), values.size());
    const auto copied = Clock::now();
    const auto least = [](double& best, Clock::duration taken) {
      best = std::min(best, std::chrono::duration<double>(taken).count());
    };
    least(open_seconds, opened - start);
    least(read_seconds, read - opened);
    least(copy_seconds, copied - compared);
  }
  std::printf("open %.2f ms, read 25 MB %.1f ms, copy it %.1f ms\n", open_seconds * 1e3, read_seconds * 1e3,
              copy_seconds * 1e3);
  EXPECT_LT(open_seconds, 0.1);
  EXPECT_LT(read_seconds, 0.5);
}

}  // namespace
}  // namespace tse
