#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli.h"
#include "tse/store/store.h"
#include "tse/study/plan.h"

namespace tse::cli {

/// The options that every verb that trains has, and how they become the plan of a study.
struct TrainingOptions {
  std::string space = "nb201";
  std::string data = "fashion-mnist";
  std::string recipe = "nb201";
  std::uint64_t seed = 0;
  int schedule_epochs = 0;  // 0: the recipe's
  int batch = 0;            // 0: the recipe's
  Budget budget;
  Engine engine;
  int workers = 0;    // 0: one per core and thread
  std::string study;  // empty: a new file under runs/
  std::string reuse;  // empty: nothing
  std::string report;
  bool step_losses = false;
  bool json = false;

  Options options();
  void setup(CLI::App& app);

  /// The plan of these options for a verb, every string checked and in its shortest form.
  Plan plan(const std::string& verb, const Context& context) const;
};

/// Where a study is, and the one whose results it begins with; empty: a new file, nothing.
struct StudyFiles {
  std::string study;
  std::string reuse;
};

/// How a study is run and shown; not part of its plan.
struct Presentation {
  int workers = 0;
  std::string report;  // folder of the HTML report; empty: none
  bool json = false;
};

/// `runs/VERB-TIME-PROCESS.tse`, where a study goes that was given no name.
std::filesystem::path new_study_name(const std::string& verb);

/// Begins the study or goes on with it, trains, and shows what its verb shows. Returns the exit code.
int run_training(const Plan& plan, const std::vector<Arch>& archs, const StudyFiles& files,
                 const Presentation& presentation);

/// Goes on with a study that is there.
int resume_training(const std::string& study, const Presentation& presentation);

/// What a study's verb shows of its results.
void present(Store& store, const Plan& plan, const std::string& study, const Presentation& presentation);

}  // namespace tse::cli
