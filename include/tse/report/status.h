#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tse/store/store.h"

namespace tse {

struct StatusOptions {
  std::string study;                 // as it would be typed
  std::optional<Owner> coordinator;  // the live process that runs the study, if there is one
  int width = 80;                    // columns
};

/// A study's state for people: how many trials are how far, what runs now and how fast, the remaining time, and the
/// command to type next. Needs no traces: `trials(false)` of the store will do.
std::string status_text(const std::vector<Trial>& trials, const StatusOptions& options);

}  // namespace tse
