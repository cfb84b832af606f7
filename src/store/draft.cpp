#include "draft.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

#include "tse/base/error.h"
#include "tse/base/path.h"
#include "tse/store/owner.h"

namespace tse {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDraftMark = ".new-";

/// `.STUDY.new-PROCESS-STARTED-COUNT-HOST`: tells who was making it, should that be interrupted.
std::string draft_name(const fs::path& path) {
  static std::atomic<int> count = 0;
  const Owner owner = self();
  return fmt::format(".{}{}{}-{}-{}-{}", path.filename().string(), kDraftMark, owner.process, owner.started, count++,
                     owner.host);
}

/// Who was making the draft that is called so; nothing where it is no draft of `path`.
std::optional<Owner> maker(const std::string& name, const fs::path& path) {
  const std::string prefix = "." + path.filename().string() + std::string(kDraftMark);
  if (!name.starts_with(prefix)) return std::nullopt;
  Owner owner;
  int count = 0;
  const char* end = name.data() + name.size();
  const auto read = [end](const char* from, auto& number) {
    const auto [next, error] = std::from_chars(from, end, number);
    return error == std::errc{} && next != end && *next == '-' ? next + 1 : nullptr;
  };
  const char* next = read(name.data() + prefix.size(), owner.process);
  if (next != nullptr) next = read(next, owner.started);
  if (next != nullptr) next = read(next, count);
  if (next == nullptr) return std::nullopt;
  owner.host = std::string(next, end);
  for (const std::string_view suffix : {"-wal", "-shm", "-journal"}) {
    if (owner.host.ends_with(suffix)) owner.host.resize(owner.host.size() - suffix.size());
  }
  return owner;
}

void remove_drafts_of_the_dead(const fs::path& path) {
  const fs::path folder = path.parent_path();
  std::error_code error;
  std::error_code ignored;  // another process may have removed it
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const auto owner = maker(entry->path().filename().string(), path);
    if (owner && is_dead(*owner)) fs::remove(entry->path(), ignored);
  }
  if (error) throw DataError(path.string(), "cannot list the folder {}; {}", folder.string(), error.message());
}

void sync(const fs::path& path, int flags) {
  const int file = open(path.c_str(), flags | O_CLOEXEC);
  const bool done = file >= 0 && fsync(file) == 0;
  const int error = errno;
  if (file >= 0) close(file);
  // some file systems cannot flush a folder
  if (!done && error != EINVAL) throw DataError(path.string(), "cannot flush to disk; {}", std::strerror(error));
}

/// Renames without ever overwriting.
void publish(const fs::path& draft, const fs::path& path) {
  int failed = renameat2(AT_FDCWD, draft.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE);
  if (failed != 0 && (errno == EINVAL || errno == ENOSYS)) failed = link(draft.c_str(), path.c_str());
  if (failed == 0) return;
  if (errno == EEXIST) throw DataError(path.string(), "the file exists already");
  throw DataError(path.string(), "cannot make the file; {}", std::strerror(errno));
}

void build(const fs::path& draft, const StudyFormat& format, const std::function<void(Database&)>& fill) {
  Database db(draft, Database::Mode::create, std::chrono::seconds(30));
  db.guarded([&] {
    db.connection().exec("PRAGMA journal_mode = OFF");  // nobody will ever see it half done
    db.connection().exec(fmt::format("PRAGMA page_size = {}", format.page_bytes));
    db.connection().exec(fmt::format("PRAGMA application_id = {}", kApplicationId));
    db.connection().exec(fmt::format("PRAGMA user_version = {}", format.version));
  });
  db.write([&] { fill(db); });
  if (format.concurrent) db.guarded([&] { db.connection().exec("PRAGMA journal_mode = WAL"); });
}

/// Removes the draft, whatever became of it.
struct Draft {
  fs::path path;
  explicit Draft(fs::path name) : path(std::move(name)) {}
  Draft(const Draft&) = delete;
  ~Draft() {
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) unlink((path.string() + suffix).c_str());
  }
};

}  // namespace

void make_study_file(const fs::path& path, const StudyFormat& format, const std::function<void(Database&)>& fill) {
  if (const auto leads = broken_link(path))
    throw DataError(path.string(), "expected a new file; the symbolic link leads to {}, which is not there",
                    leads->string());
  const fs::path target = resolved_path(path, "study");
  const fs::path folder = target.parent_path();
  std::error_code error;
  if (!fs::is_directory(folder, error)) throw DataError(path.string(), "there is no folder {}", folder.string());
  if (access(folder.c_str(), W_OK) != 0) {
    throw DataError(path.string(), "expected permission to write in the folder {}; {}", folder.string(),
                    std::strerror(errno));
  }
  remove_drafts_of_the_dead(target);
  const bool exists = fs::exists(fs::symlink_status(target, error));
  if (exists) throw DataError(path.string(), "the file exists already");
  const auto log_bytes = fs::file_size(target.string() + "-wal", error);
  if (!error && log_bytes > 0) {
    // SQLite would take this log for the new study's own
    throw DataError(path.string(),
                    "{}-wal is there without its study, and may hold results of it: put the study back beside it, or "
                    "give the new one another name",
                    path.string());
  }

  const Draft draft(folder / draft_name(target));
  try {
    build(draft.path, format, fill);
    sync(draft.path, O_RDONLY);
  } catch (const DataError& problem) {
    throw DataError(path.string(), "cannot make the study; {}", problem.what());
  }
  publish(draft.path, target);
  sync(folder, O_RDONLY | O_DIRECTORY);
}

}  // namespace tse
