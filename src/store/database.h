#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tse/base/error.h"

namespace tse {

/// One statement while it is being run. Values that are read are checked, since the file may be anybody's: a DataError
/// names the file, the table and the row, which is the value of the first column.
class Query {
 public:
  Query(SQLite::Statement& statement, std::string place) : statement_(statement), place_(std::move(place)) {}
  Query(const Query&) = delete;
  ~Query() { statement_.tryReset(); }  // a statement left half way would keep the file locked

  bool next() { return statement_.executeStep(); }

  bool is_null(int column) const { return statement_.getColumn(column).isNull(); }
  std::int64_t integer(int column, std::int64_t least, std::int64_t most) const;
  int small(int column, int least = 0) const;
  double real(int column) const;  // NaN where NULL: SQLite keeps no NaN
  std::string text(int column) const;
  std::string_view blob(int column) const;  // until the next step

  /// `FILE: table T, row R`
  std::string place() const;

 private:
  SQLite::Statement& statement_;
  std::string place_;
};

/// One connection to an SQLite file, in WAL mode; whatever goes wrong is a DataError that names the file.
class Database {
 public:
  /// `look` reads the header alone: beside whoever writes, and without folding a log that a kill left.
  enum class Mode { create, write, read, look };

  Database(const std::filesystem::path& path, Mode mode, std::chrono::milliseconds patience);

  /// Runs `action`, turning SQLite's errors into ours; `holder` says who may be holding the lock.
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Takes a log along that stays behind where its file was taken away, once all is copied: whoever comes next under
  /// that name must not find it.
  ~Database();

  template <class Action>
  auto guarded(Action action) const {
    try {
      return action();
    } catch (const SQLite::Exception& error) {
      fail(error.getErrorCode(), error.what());
    }
  }

  /// A statement on `table` with its parameters bound in order; statements are compiled once, so `sql` is a literal.
  template <class... Values>
  Query query(std::string_view table, const char* sql, const Values&... values) {
    SQLite::Statement& statement = prepared(sql);
    int index = 0;
    (bind(statement, ++index, values), ...);
    return Query(statement, name_ + ": table " + std::string(table));
  }

  /// Runs a statement that returns nothing; the number of rows it changed.
  template <class... Values>
  int run(const char* sql, const Values&... values) {
    SQLite::Statement& statement = prepared(sql);
    int index = 0;
    (bind(statement, ++index, values), ...);
    const int changed = statement.exec();
    statement.tryReset();
    return changed;
  }

  /// All of `action` or nothing, alone among writers.
  template <class Action>
  auto write(Action action) {
    if (reads_only_) throw DataError(name_, "expected a study that may be written; it was opened to be read");
    return transaction(SQLite::TransactionBehavior::IMMEDIATE, std::move(action));
  }

  /// `action` sees one state of the file.
  template <class Action>
  auto read(Action action) {
    return transaction(SQLite::TransactionBehavior::DEFERRED, std::move(action));
  }

  /// Copies a blob straight to where it is wanted; it must have exactly this size. `place` is for the DataError.
  void read_blob(const char* table, const char* column, std::int64_t row, std::span<char> to,
                 std::string_view place) const;

  std::int64_t last_row() const { return connection_->getLastInsertRowid(); }
  const std::string& name() const { return name_; }
  std::uint32_t format() const { return format_; }  // of a file that was there

  /// Whether a log of commits lay beside the file when it was opened: what a kill leaves, or what others have open.
  bool had_log() const { return had_log_; }

  /// Whether this connection could write, if it wanted to.
  bool may_write() const;

  /// Whether the file and its log are still where they were. To be asked from time to time: a log is known from the
  /// first time that it is seen.
  bool in_place();

  /// Everything into a new file, which takes writers as this one does.
  void copy_to(const std::filesystem::path& file);
  SQLite::Database& connection() { return *connection_; }

  /// Called for a few words on who may hold the lock, when one could not be had.
  void blame(std::function<std::string()> holder) { holder_ = std::move(holder); }

 private:
  template <class Action>
  auto transaction(SQLite::TransactionBehavior behaviour, Action action) {
    return guarded([&] {
      SQLite::Transaction all(*connection_, behaviour);
      if constexpr (std::is_void_v<decltype(action())>) {
        action();
        all.commit();
      } else {
        auto result = action();
        all.commit();
        return result;
      }
    });
  }

  SQLite::Statement& prepared(const char* sql);
  static void bind(SQLite::Statement& statement, int index, std::int64_t value) { statement.bind(index, value); }
  static void bind(SQLite::Statement& statement, int index, int value) { statement.bind(index, value); }
  static void bind(SQLite::Statement& statement, int index, double value) { statement.bind(index, value); }
  static void bind(SQLite::Statement& statement, int index, const std::string& value) { statement.bind(index, value); }
  static void bind(SQLite::Statement& statement, int index, std::string_view blob) {
    statement.bind(index, blob.data(), static_cast<int>(blob.size()));
  }

  void open(Mode mode);
  void check_header();

  /// DataError where the log that lies beside the file is that of another study. It is left as it is.
  void check_log();
  [[noreturn]] void fail(int code, const char* what) const;

  std::filesystem::path path_;
  std::string name_;
  std::chrono::milliseconds patience_;
  std::uint32_t format_ = 0;
  bool had_log_ = false;
  std::optional<ino_t> log_;  // the file that the log is, once seen
  bool spent_ = false;        // all is copied elsewhere, for the file is no more where it was
  bool reads_only_ = false;
  bool creates_ = false;
  std::unique_ptr<SQLite::Database> connection_;
  std::map<const char*, SQLite::Statement> statements_;  // after the connection: they must go first
  std::function<std::string()> holder_;
};

/// What the header of a study file says: "tse" and one, and the version of its tables. A study of imported curves has
/// the higher one, so that whoever knows only the other says that it is too new.
inline constexpr std::uint32_t kApplicationId = 0x74736501;
inline constexpr std::uint32_t kFormatVersion = 2;
inline constexpr std::uint32_t kCurveFormatVersion = 3;

}  // namespace tse
