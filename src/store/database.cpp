#include "database.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <limits>

#include "tse/base/error.h"
#include "tse/base/missing.h"
#include "tse/base/path.h"

namespace tse {
namespace {

/// Of a file's bytes, as this process was given it.
rlim_t limit_of_files() {
  rlimit limit{};
  return getrlimit(RLIMIT_FSIZE, &limit) == 0 ? limit.rlim_cur : RLIM_INFINITY;
}

constexpr std::size_t kHeaderBytes = 100;
constexpr std::string_view kMagic("SQLite format 3\0", 16);
constexpr int kLongestValue = 256 << 20;  // bytes: no trace comes near, and a damaged length is not believed

/// A file name as a URI, with `immutable`: SQLite then needs no file beside it and takes no lock.
std::string immutable_uri(const std::filesystem::path& path) {
  std::string uri = "file:";
  for (const char letter : path.string()) {
    const bool plain = std::isalnum(static_cast<unsigned char>(letter)) != 0 || std::strchr("/-_.", letter) != nullptr;
    uri += plain ? std::string(1, letter) : fmt::format("%{:02X}", static_cast<unsigned char>(letter));
  }
  return uri + "?immutable=1";
}

std::uint32_t big_endian(const char* bytes) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8U | static_cast<unsigned char>(bytes[i]);
  return value;
}

bool may_write_beside(const std::filesystem::path& path) { return access(path.parent_path().c_str(), W_OK) == 0; }

std::filesystem::path with_suffix(std::filesystem::path path, const char* suffix) { return path += suffix; }

}  // namespace

std::int64_t Query::integer(int column, std::int64_t least, std::int64_t most) const {
  const SQLite::Column cell = statement_.getColumn(column);
  if (!cell.isInteger()) {
    throw DataError(place(), "expected {} to be a whole number; got '{}'", cell.getName(), cell.getString());
  }
  const std::int64_t value = cell.getInt64();
  if (value < least || value > most) {
    throw DataError(place(), "expected {} in [{}, {}]; got {}", cell.getName(), least, most, value);
  }
  return value;
}

int Query::small(int column, int least) const {
  return static_cast<int>(integer(column, least, std::numeric_limits<int>::max()));
}

double Query::real(int column) const {
  const SQLite::Column cell = statement_.getColumn(column);
  if (cell.isNull()) return kMissing;
  if (!cell.isFloat() && !cell.isInteger()) throw DataError(place(), "expected {} to be a number", cell.getName());
  return cell.getDouble();
}

std::string Query::text(int column) const {
  const SQLite::Column cell = statement_.getColumn(column);
  if (!cell.isText()) throw DataError(place(), "expected {} to be a text", cell.getName());
  return cell.getString();
}

std::string_view Query::blob(int column) const {
  const SQLite::Column cell = statement_.getColumn(column);
  if (!cell.isBlob()) throw DataError(place(), "expected {} to be bytes", cell.getName());
  return {static_cast<const char*>(cell.getBlob()), static_cast<std::size_t>(cell.getBytes())};
}

std::string Query::place() const { return fmt::format("{}, row {}", place_, statement_.getColumn(0).getString()); }

Database::Database(const std::filesystem::path& path, Mode mode, std::chrono::milliseconds patience)
    : path_(resolved_path(path, "study")),
      name_(path.string()),
      patience_(patience),
      reads_only_(mode == Mode::read || mode == Mode::look),
      creates_(mode == Mode::create) {
  if (mode != Mode::create) {
    std::error_code error;
    const auto status = std::filesystem::status(path_, error);
    if (const auto target = broken_link(path_))
      throw DataError(name_, "expected a study; the symbolic link leads to {}, which is not there", target->string());
    if (status.type() == std::filesystem::file_type::not_found) throw DataError(name_, "there is no such study");
    if (error) throw DataError(name_, "expected a study; {}", error.message());
    if (is_directory(status)) throw DataError(name_, "expected a study; got a folder");
    if (!is_regular_file(status)) throw DataError(name_, "expected a study; got no regular file");
  }
  guarded([&] { open(mode); });
}

void Database::open(Mode mode) {
  const int wait = static_cast<int>(patience_.count());
  had_log_ = path_exists(with_suffix(path_, "-wal"));
  if (mode == Mode::look) {
    connection_ =
        std::make_unique<SQLite::Database>(immutable_uri(path_), SQLite::OPEN_READONLY | SQLite::OPEN_URI, wait);
    check_header();
    return;
  }
  if (mode == Mode::read && may_write_beside(path_) && access(path_.c_str(), W_OK) == 0) {
    // not to write, but to leave nothing behind: the last to close it folds the log into the file and removes it
    connection_ = std::make_unique<SQLite::Database>(path_.string(), SQLite::OPEN_READWRITE, wait);
  } else if (mode == Mode::read) {
    // A file that nobody can be writing, since nobody could make the log beside it, needs no lock; and with a lock the
    // log would have to be made.
    const bool alone = !may_write_beside(path_) && !had_log_;
    connection_ = std::make_unique<SQLite::Database>(alone ? immutable_uri(path_) : path_.string(),
                                                     SQLite::OPEN_READONLY | (alone ? SQLite::OPEN_URI : 0), wait);
  } else {
    connection_ = std::make_unique<SQLite::Database>(
        path_.string(), SQLite::OPEN_READWRITE | (mode == Mode::create ? SQLite::OPEN_CREATE : 0), wait);
  }
  sqlite3* handle = connection_->getHandle();
  if (mode != Mode::create) check_header();
  if (mode != Mode::create && had_log_) check_log();
  if (mode == Mode::write && sqlite3_db_readonly(handle, "main") != 0) {
    throw DataError(name_, "expected a file that may be written; there is no permission");
  }
  // What a foreign file brings along is never run or followed.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, kLongestValue);
  connection_->exec("PRAGMA cell_size_check = ON");
  // In WAL mode every commit then survives the death of the process, though not of the machine.
  connection_->exec("PRAGMA synchronous = NORMAL");
  connection_->exec("PRAGMA wal_autocheckpoint = 4000");  // pages: flushing to disk is the dearest part of a trial
}

Database::~Database() {
  statements_.clear();
  connection_.reset();
  if (!spent_ || !log_) return;
  struct stat now{};
  if (stat(with_suffix(path_, "-wal").c_str(), &now) != 0 || now.st_ino != *log_) return;
  std::error_code ignored;
  for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(with_suffix(path_, suffix), ignored);
}

void Database::check_log() {
  const auto plan_in = [](SQLite::Database& connection) -> std::optional<std::string> {
    try {
      SQLite::Statement query(connection, "SELECT plan FROM study");
      if (query.executeStep()) return query.getColumn(0).getString();
    } catch (const SQLite::Exception&) {  // nothing of it is in the file yet, or it is no study: others say so
    }
    return std::nullopt;
  };
  SQLite::Database without_log(immutable_uri(path_), SQLite::OPEN_READONLY | SQLite::OPEN_URI);
  const auto mine = plan_in(without_log);
  if (!mine) return;
  sqlite3* handle = connection_->getHandle();
  sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);  // should it be another's
  const auto with_log = plan_in(*connection_);
  if (with_log && *with_log != *mine) {
    throw DataError(
        name_,
        "the log {}-wal beside the file is that of another study, which was under this name before: move it "
        "away, with {}-shm, to where that study is",
        name_, name_);
  }
  sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
}

bool Database::may_write() const { return sqlite3_db_readonly(connection_->getHandle(), "main") == 0; }

bool Database::in_place() {
  int moved = 0;
  if (sqlite3_file_control(connection_->getHandle(), "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved != 0)
    return false;
  // As long as this connection is open nobody removes the log but by hand; whoever comes next would begin another.
  struct stat now{};
  const bool there = stat(with_suffix(path_, "-wal").c_str(), &now) == 0;
  if (log_) return there && now.st_ino == *log_;
  if (there) log_ = now.st_ino;
  return true;
}

void Database::copy_to(const std::filesystem::path& file) {
  try {
    SQLite::Statement copy(*connection_, "VACUUM INTO ?");
    copy.bind(1, file.string());
    copy.exec();
    SQLite::Database(file.string(), SQLite::OPEN_READWRITE).exec("PRAGMA journal_mode = WAL");
    spent_ = !in_place();
  } catch (const SQLite::Exception& error) {
    throw DataError(file.string(), "cannot copy the study there; {}", error.what());
  }
}

void Database::check_header() {
  // Read through SQLite's own file: closing another one would drop the locks of this process (POSIX locks), and a
  // foreign database must not be touched, not even to recover it.
  sqlite3_file* file = nullptr;
  sqlite3_file_control(connection_->getHandle(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
  std::array<char, kHeaderBytes> header{};
  const int code = file == nullptr || file->pMethods == nullptr
                       ? SQLITE_CANTOPEN
                       : file->pMethods->xRead(file, header.data(), kHeaderBytes, 0);
  if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ) fail(code, sqlite3_errstr(code));
  if (code == SQLITE_IOERR_SHORT_READ || std::string_view(header.data(), kMagic.size()) != kMagic) {
    throw DataError(name_, "expected a study, which is an SQLite file; this is none");
  }
  const std::uint32_t application = big_endian(header.data() + 68);
  if (application != kApplicationId) {
    throw DataError(name_, "expected a study (application id {:#x}); got another program's SQLite file ({:#x})",
                    kApplicationId, application);
  }
  const std::uint32_t version = big_endian(header.data() + 60);
  if (version > kCurveFormatVersion) {
    throw DataError(name_, "expected a study of format {} or {}; got format {}, written by a newer version of tse",
                    kFormatVersion, kCurveFormatVersion, version);
  }
  if (version < kFormatVersion) {
    throw DataError(name_, "expected a study of format {} or {}; got {}", kFormatVersion, kCurveFormatVersion, version);
  }
  format_ = version;
}

void Database::read_blob(const char* table, const char* column, std::int64_t row, std::span<char> to,
                         std::string_view place) const {
  sqlite3* handle = connection_->getHandle();
  sqlite3_blob* blob = nullptr;
  const int opened = sqlite3_blob_open(handle, "main", table, column, row, 0, &blob);
  const std::unique_ptr<sqlite3_blob, int (*)(sqlite3_blob*)> guard(blob, sqlite3_blob_close);
  if (opened != SQLITE_OK) fail(opened, sqlite3_errmsg(handle));
  if (static_cast<std::size_t>(sqlite3_blob_bytes(blob)) != to.size())
    throw DataError(place, "expected {} bytes of {}; got {}", to.size(), column, sqlite3_blob_bytes(blob));
  const int read = sqlite3_blob_read(blob, to.data(), static_cast<int>(to.size()), 0);
  if (read != SQLITE_OK) fail(read, sqlite3_errmsg(handle));
}

SQLite::Statement& Database::prepared(const char* sql) {
  const auto found = statements_.try_emplace(sql, *connection_, sql).first;
  found->second.tryReset();
  return found->second;
}

void Database::fail(int code, const char* what) const {
  const int error = connection_ ? sqlite3_system_errno(connection_->getHandle()) : errno;
  const std::string reason = error == 0 ? what : std::strerror(error);
  const bool io = code == SQLITE_IOERR || code == SQLITE_CANTOPEN;
  const bool limited = io && limit_of_files() != RLIM_INFINITY;
  if (code == SQLITE_FULL || limited || (io && (error == ENOSPC || error == EDQUOT || error == EFBIG))) {
    const char* safe = creates_ ? "" : "; what was recorded before is safe: make room and go on";
    if (limited)
      throw DataError(
          name_, "the file may grow to {} bytes, which is the limit that was set (ulimit -f), or the disk is full{}",
          limit_of_files(), safe);
    throw DataError(name_, "the disk is full{}", safe);
  }
  const bool refused = code == SQLITE_CANTOPEN || code == SQLITE_READONLY || code == SQLITE_PERM;
  if (refused && !may_write_beside(path_)) {
    throw DataError(name_, "expected permission to write in its folder, where the log {}-wal has to be; there is none",
                    name_);
  }
  switch (code) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw DataError(name_, "locked by another process for more than {} s{}",
                      std::chrono::duration<double>(patience_).count(), holder_ ? holder_() : "");
    case SQLITE_CORRUPT:
      throw DataError(name_, "the file is damaged or cut short; {}", what);
    case SQLITE_NOTADB:
      throw DataError(name_, "expected a study, which is an SQLite file; this is none");
    case SQLITE_READONLY:
    case SQLITE_PERM:
      throw DataError(name_, "expected a study that may be written; {}", what);
    case SQLITE_CANTOPEN:
      throw DataError(name_, "cannot open the file, or its log {}-wal; {}", name_, reason);
    case SQLITE_IOERR:
      throw DataError(name_, "cannot read or write the file; {}", reason);
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
      throw std::logic_error(what);
    default:
      throw DataError(name_, "SQLite: {}", what);
  }
}

}  // namespace tse
