#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tse/base/option.h"
#include "tse/study/plan.h"

namespace tse {

/// Whether a plan's data keep images aside for validation.
bool holds_out_images(const Plan& plan);

/// UsageError where the plan validates and they do not.
void expect_held_out_images(const Plan& plan);

/// A recipe's text with another value of one of its options, unless that is 0.
std::string with_option(const std::string& recipe, const std::string& key, int value);

/// The options that every study of trainings has, and how they become its plan.
struct TrainingOptions {
  std::string space = "nb201";
  std::string data = "fashion-mnist";
  std::string recipe = "nb201";
  std::uint64_t seed = 0;
  int schedule_epochs = 0;  // 0: the recipe's
  int batch = 0;            // 0: the recipe's
  int micro_batch = 0;      // the same
  Budget budget;
  Engine engine;
  int workers = 0;    // 0: one per core and thread
  int lanes = 0;      // of each worker; 0: 8 on a GPU, 1 on a CPU
  std::string study;  // empty: a new file under runs/
  std::string reuse;  // empty: nothing
  std::string report;
  bool step_losses = false;

  Options options();

  /// The plan of these options for a verb, every string checked and in its shortest form, with the record of this
  /// machine and of the command.
  Plan plan(const std::string& verb, const std::vector<std::string>& command_line) const;
};

}  // namespace tse
