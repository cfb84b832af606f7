#include "tse/base/path.h"

#include <system_error>

#include "tse/base/error.h"

namespace tse {
namespace {

namespace fs = std::filesystem;

fs::file_status status_of(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (error && status.type() != fs::file_type::not_found) {
    throw DataError(path.string(), "cannot be looked at; {}", error.message());
  }
  return status;
}

void expect_some(const fs::path& path, std::string_view place) {
  if (path.empty()) throw UsageError(place, "expected a path; got an empty one");
}

}  // namespace

bool path_exists(const fs::path& path) { return fs::exists(status_of(path)); }

std::optional<fs::path> broken_link(const fs::path& path) {
  std::error_code error;
  if (!fs::is_symlink(path, error) || path_exists(path)) return std::nullopt;
  const fs::path target = fs::read_symlink(path, error);
  return error ? path : target;
}

bool is_folder(const fs::path& path) { return fs::is_directory(status_of(path)); }

std::vector<fs::path> make_folders(const fs::path& folder) {
  std::vector<fs::path> missing;
  std::error_code ignored;
  for (fs::path each = folder; !each.empty() && !fs::exists(each, ignored); each = each.parent_path())
    missing.push_back(each);
  fs::create_directories(folder, ignored);
  return missing;
}

void remove_empty(const std::vector<fs::path>& folders) {
  std::error_code ignored;  // one that is not empty stays
  for (const fs::path& folder : folders) {
    if (fs::is_directory(folder, ignored)) fs::remove(folder, ignored);
  }
}

fs::path absolute_path(const fs::path& path, std::string_view place) {
  expect_some(path, place);
  std::error_code error;
  const fs::path whole = fs::absolute(path, error);
  if (error) throw DataError(path.string(), "cannot be found from the working folder; {}", error.message());
  return whole.lexically_normal();
}

fs::path resolved_path(const fs::path& path, std::string_view place) {
  expect_some(path, place);
  std::error_code error;
  fs::path resolved = fs::weakly_canonical(path, error);  // `..` behind a link is above where that leads
  if (!error) resolved = fs::absolute(resolved, error);
  if (error) throw DataError(path.string(), "cannot be looked at; {}", error.message());
  return resolved;
}

}  // namespace tse
