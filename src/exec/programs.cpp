#include "tse/exec/programs.h"

#include "tse/base/error.h"
#include "tse/base/path.h"

namespace tse {

namespace fs = std::filesystem;

fs::path find_program(const std::string& name) {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  if (error) throw DataError("tse", "expected to read /proc/self/exe; {}", error.message());
  for (const fs::path& place : {self.parent_path() / name, self.parent_path() / "../libexec/tse" / name}) {
    if (path_exists(place)) return place;
  }
  throw DataError("tse",
                  "expected the program {0} beside {1} or in ../libexec/tse; it is not there. In the source folder, "
                  "./dev build --target {0} builds it",
                  name, self.string());
}

}  // namespace tse
