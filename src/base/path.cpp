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

bool is_folder(const fs::path& path) { return fs::is_directory(status_of(path)); }

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
