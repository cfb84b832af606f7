#pragma once

#include <string>
#include <vector>

#include "cli.h"
#include "tse/report/search.h"
#include "tse/workflow/run.h"
#include "tse/workflow/training_options.h"

namespace tse::cli {

/// How a study is run and shown; not part of its plan.
struct Presentation {
  int workers = 0;
  int lanes = 0;
  bool retry_failed = false;
  std::string report;  // folder of the HTML report; empty: none
  bool json = false;
};

/// Begins the study that the options name or goes on with it, trains, and shows what its verb shows. Returns the exit
/// code.
int run_training(const Plan& plan, const std::vector<Arch>& archs, const TrainingOptions& options,
                 const Presentation& presentation);

/// Goes on with a study that is there.
int resume_training(const std::string& study, const Presentation& presentation);

/// What a search shows of its results.
void present_search(const SearchView& view, const Presentation& presentation);

/// What a study's verb shows of its results.
void present(Store& store, const Plan& plan, const std::string& study, const Presentation& presentation);

}  // namespace tse::cli
