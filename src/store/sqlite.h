#pragma once

#include <vector>

#include "database.h"
#include "tse/trial/job.h"

namespace tse {

/// Appends trials within the caller's transaction; their numbers go on from the last one.
void append_trials(Database& db, std::vector<Job> jobs);

}  // namespace tse
