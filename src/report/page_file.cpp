#include "tse/report/page_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "tse/base/error.h"
#include "tse/base/path.h"
#include "tse/base/write.h"

namespace tse {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = R"(<meta name="generator" content="tse">)";
constexpr std::size_t kHead = 4096;  // bytes that the mark is among the first of

bool is_ours(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream.is_open()) return false;
  std::string head(kHead, '\0');
  stream.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(stream.gcount()));
  return head.empty() || head.find(kMark) != std::string::npos;
}

/// The folder, or what is there of the way to it.
fs::path nearest_folder(const fs::path& folder) {
  fs::path nearest = fs::path(".") / folder;
  while (nearest.has_parent_path() && !path_exists(nearest)) nearest = nearest.parent_path();
  return nearest;
}

/// The file systems of the kernel's own let nobody make a folder, whatever their permissions say.
bool can_be_made(const fs::path& folder) {
  const std::vector<fs::path> made = make_folders(folder);
  const bool there = folder.empty() || is_folder(folder);
  remove_empty(made);
  return there;
}

}  // namespace

fs::path page_in(const fs::path& folder) { return folder / "index.html"; }

void expect_own_page(const fs::path& file) {
  const fs::path folder = nearest_folder(file.parent_path());
  if (!is_folder(folder))
    throw DataError(file.string(), "expected a folder that the report can be written into; {} is none",
                    folder.lexically_normal().string());
  if (access(folder.c_str(), W_OK | X_OK) != 0) {
    throw DataError(file.string(), "expected a folder that the report can be written into; {}", std::strerror(errno));
  }
  if (!can_be_made(file.parent_path()))
    throw DataError(file.string(), "expected a folder that the report can be written into; none can be made there");
  if (!path_exists(file)) return;
  std::error_code error;
  if (!fs::is_regular_file(file, error) || !is_ours(file)) {
    throw DataError(file.string(),
                    "expected a new page or an earlier report; the page there is not of tse, and stays: give another "
                    "folder");
  }
}

void write_page(const fs::path& file, std::string_view html) {
  expect_own_page(file);
  write_file(file, html);
}

}  // namespace tse
