#include "tse/store/open.h"

#include <utility>

#include "tse/base/path.h"
#include "tse/store/study_file.h"

namespace tse {

bool store_exists(const std::filesystem::path& study) { return path_exists(study); }

void create_store(const std::filesystem::path& study, const Json& plan, std::vector<Job> jobs, const Known& known) {
  create_sqlite_study(study, plan, std::move(jobs), known);
}

std::unique_ptr<Store> open_store(const std::filesystem::path& study, Access access) {
  return open_sqlite_study(study, access);
}

}  // namespace tse
