#pragma once

#include <vector>

#include "database.h"
#include "tse/base/json.h"
#include "tse/trial/job.h"

namespace tse {

/// Appends trials within the caller's transaction; their numbers go on from the last one.
void append_trials(Database& db, std::vector<Job> jobs);

/// Writes the plan of a new study within the caller's transaction.
void write_plan(Database& db, const Json& plan);

/// What the creator of the study wrote.
Json read_plan(Database& db);

}  // namespace tse
