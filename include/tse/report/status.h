#pragma once

#include <string>
#include <vector>

#include "tse/base/json.h"
#include "tse/report/progress.h"
#include "tse/store/trial.h"

namespace tse {

struct StatusOptions {
  bool at_work = false;  // whether a live process runs the study now
  int width = 80;        // columns
  PlannedWork planned = {};
};

/// A study's state for people: what its trials do, how many are how far, what runs now and how fast, the remaining
/// time, and the command to type next. Needs no traces: `trials(false)` of the store will do. `study` is its name as it
/// is typed.
std::string status_text(const std::string& study, const std::vector<Trial>& trials, const StatusOptions& options = {});

/// The same as one JSON object: space and data (null without trials), counts of trials by state, the fraction that is
/// done, images per second of all running trials together, remaining seconds (null while unknown), whether somebody is
/// at work.
Json status_json(const std::string& study, const std::vector<Trial>& trials, const StatusOptions& options = {});

}  // namespace tse
