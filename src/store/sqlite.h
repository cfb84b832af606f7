#pragma once

#include <string_view>
#include <vector>

#include "database.h"
#include "tse/base/json.h"
#include "tse/trial/job.h"
#include "tse/trial/trace.h"

namespace tse {

/// Appends trials within the caller's transaction; their numbers go on from the last one. Returns how many there are.
int append_trials(Database& db, std::vector<Job> jobs);

/// Records a trial's result within the caller's transaction.
void record_result(Database& db, int trial, TraceStatus status, std::string_view trace);

/// Writes the plan of a new study within the caller's transaction.
void write_plan(Database& db, const Json& plan);

/// What the creator of the study wrote.
Json read_plan(Database& db);

}  // namespace tse
