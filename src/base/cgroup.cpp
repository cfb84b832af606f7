#include "tse/base/cgroup.h"

#include <algorithm>
#include <fstream>
#include <string>

namespace tse {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_directory(folder, ignored);
}

/// Adds `mount` and what is below it on the way to `group`. In a container the group may be named as its host sees it,
/// while only what is inside is mounted: then the mount itself is the group.
void add_levels(const fs::path& mount, const std::string& group, std::vector<fs::path>& folders) {
  if (!is_there(mount)) return;
  fs::path folder = mount;
  folders.push_back(folder);
  for (const fs::path& part : fs::path(group).relative_path()) {
    folder /= part;
    if (part == ".." || !is_there(folder)) return;
    folders.push_back(folder);
  }
}

/// Whether a list like `cpu,cpuacct` has the name.
bool lists(std::string_view names, std::string_view name) {
  while (!names.empty()) {
    const std::size_t end = std::min(names.find(','), names.size());
    if (names.substr(0, end) == name) return true;
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return false;
}

}  // namespace

std::vector<fs::path> control_groups(std::string_view controller, const fs::path& root) {
  const fs::path mount = root / "sys/fs/cgroup";
  std::string unified;
  std::string own;
  std::ifstream lines(root / "proc/self/cgroup");
  for (std::string line; std::getline(lines, line);) {  // NUMBER:CONTROLLERS:/GROUP (cgroups(7))
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (controllers.empty()) unified = line.substr(second + 1);
    if (lists(controllers, controller)) own = line.substr(second + 1);
  }
  std::vector<fs::path> folders;
  add_levels(mount, unified, folders);
  add_levels(mount / "unified", unified, folders);
  add_levels(mount / controller, own, folders);
  return folders;
}

}  // namespace tse
