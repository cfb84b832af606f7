#pragma once

#include <memory>
#include <vector>

#include "tse/base/json.h"
#include "tse/store/store.h"
#include "tse/trial/job.h"

namespace tse {

/// A study in memory, of one process: for tests and for use as a library.
std::unique_ptr<Store> make_memory_study(const Json& plan, std::vector<Job> jobs);

}  // namespace tse
