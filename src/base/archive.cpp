#include "tse/base/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <functional>
#include <memory>
#include <new>
#include <system_error>

#include "tse/base/error.h"

namespace tse {
namespace {

namespace fs = std::filesystem;

using Reader = std::unique_ptr<archive, int (*)(archive*)>;

Reader make_reader() {
  Reader reader(archive_read_new(), archive_read_free);
  if (!reader) throw std::bad_alloc();
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_format_tar(reader.get());
  return reader;
}

[[noreturn]] void refuse(archive* reader, std::string_view place) {
  const char* text = archive_error_string(reader);
  throw DataError(place, "expected a whole tar archive; {}", text == nullptr ? "damaged or cut short" : text);
}

/// The name with `strip` parts taken off; empty where nothing is left.
fs::path safe_name(const char* text, int strip, std::string_view place) {
  const fs::path name = text == nullptr ? "" : text;
  if (name.empty()) throw DataError(place, "expected entries with names; one has none that can be read");
  if (name.is_absolute()) throw DataError(place, "expected relative names; got '{}'", name.string());
  fs::path kept;
  for (const fs::path& part : name) {
    if (part == "..") throw DataError(place, "expected names without '..'; got '{}'", name.string());
    if (part == "." || part.empty()) continue;
    if (strip-- <= 0) kept /= part;
  }
  return kept;
}

const char* kind_of(archive_entry* entry) {
  if (archive_entry_symlink(entry) != nullptr) return "a symbolic link";
  if (archive_entry_hardlink(entry) != nullptr) return "a hard link";
  return "a device or pipe";
}

/// Told of each file (its bytes still unknown), then of its bytes piece by piece.
struct Visitor {
  std::function<void(const fs::path&)> file;
  std::function<void(std::span<const char>)> piece;
};

std::vector<ArchiveFile> walk(archive* reader, std::string_view place, const ArchiveLimits& limits,
                              const Visitor& visitor) {
  std::vector<ArchiveFile> files;
  std::array<char, 65'536> piece{};
  std::uint64_t total = 0;
  int entries = 0;
  for (;;) {
    archive_entry* entry = nullptr;
    const int state = archive_read_next_header(reader, &entry);
    if (state == ARCHIVE_EOF) break;
    if (state != ARCHIVE_OK) refuse(reader, place);
    if (++entries > limits.entries)
      throw DataError(place, "expected at most {} entries; there are more", limits.entries);
    const fs::path name = safe_name(archive_entry_pathname(entry), limits.strip, place);
    const auto type = archive_entry_filetype(entry);
    if (type == AE_IFDIR) continue;
    if (type != AE_IFREG || archive_entry_hardlink(entry) != nullptr) {
      throw DataError(place, "expected only files and folders; '{}' is {}", name.string(), kind_of(entry));
    }
    const bool kept = !name.empty();
    if (kept) {
      files.push_back({.name = name, .bytes = 0});
      visitor.file(name);
    }
    for (;;) {
      const la_ssize_t size = archive_read_data(reader, piece.data(), piece.size());
      if (size < 0) refuse(reader, place);
      if (size == 0) break;
      total += static_cast<std::uint64_t>(size);
      if (total > limits.bytes)
        throw DataError(place, "expected at most {} bytes unpacked; there are more", limits.bytes);
      if (!kept) continue;
      files.back().bytes += static_cast<std::uint64_t>(size);
      visitor.piece(std::span(piece).first(static_cast<std::size_t>(size)));
    }
  }
  if (entries == 0) throw DataError(place, "expected a tar archive with files; there are none");
  return files;
}

/// A folder of our own beside the result, gone at the end whatever happens.
class Workshop {
 public:
  explicit Workshop(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) throw DataError(folder.string(), "cannot be made: {}", error.message());
    std::string name = (folder / ".unpacking-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) {
      throw DataError(folder.string(), "cannot be written: {}", std::generic_category().message(errno));
    }
    path_ = name;
  }
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;
  ~Workshop() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace

std::vector<ArchiveFile> list_archive(std::span<const std::uint8_t> bytes, std::string_view place,
                                      const ArchiveLimits& limits) {
  const Reader reader = make_reader();
  if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) refuse(reader.get(), place);
  return walk(reader.get(), place, limits, {.file = [](const fs::path&) {}, .piece = [](std::span<const char>) {}});
}

std::vector<ArchiveFile> unpack_archive(const fs::path& archive, const fs::path& folder, const ArchiveLimits& limits) {
  const Reader reader = make_reader();
  const std::string place = archive.string();
  if (archive_read_open_filename(reader.get(), archive.c_str(), 65'536) != ARCHIVE_OK) refuse(reader.get(), place);
  const Workshop workshop(folder);
  std::ofstream out;
  fs::path current;
  const auto check = [&] {
    if (out.fail()) throw DataError(current.string(), "cannot be written: {}", std::generic_category().message(errno));
  };
  const auto finish = [&] {
    if (!out.is_open()) return;
    out.close();
    check();
  };
  const Visitor visitor{.file =
                            [&](const fs::path& name) {
                              finish();
                              current = workshop.path() / name;
                              std::error_code error;
                              fs::create_directories(current.parent_path(), error);
                              if (!error) out.open(current, std::ios::binary | std::ios::trunc);
                              if (error || out.fail()) {
                                throw DataError(place, "cannot unpack '{}': {}", name.string(),
                                                error ? error.message() : std::generic_category().message(errno));
                              }
                            },
                        .piece =
                            [&](std::span<const char> data) {
                              out.write(data.data(), static_cast<std::streamsize>(data.size()));
                              check();
                            }};
  std::vector<ArchiveFile> files = walk(reader.get(), place, limits, visitor);
  finish();
  for (const ArchiveFile& file : files) {
    std::error_code error;
    fs::create_directories((folder / file.name).parent_path(), error);
    if (!error && fs::exists(workshop.path() / file.name)) {  // a name that came twice is moved once
      fs::rename(workshop.path() / file.name, folder / file.name, error);
    }
    if (error) throw DataError((folder / file.name).string(), "cannot be written: {}", error.message());
  }
  return files;
}

}  // namespace tse
