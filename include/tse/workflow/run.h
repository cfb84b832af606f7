#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tse/study/growth.h"
#include "tse/study/study.h"

namespace tse {

/// `runs/VERB-TIME-PROCESS.tse`, where a study goes that was given no name.
std::filesystem::path new_study_name(const std::string& verb);

/// How a study is run, which is not part of its plan, and whom it tells what.
struct RunControls {
  int workers = 0;                  // 0: one per core and thread, as many as memory allows
  int lanes = 0;                    // 0: as granted_lanes says
  std::function<bool()> stop = {};  // asked often: whether to end early
  /// As in RunOptions; with the search, where the study is one.
  std::function<void(const std::vector<Trial>&, const Growth*)> progress = {};

  std::function<void(const std::string&)> note = {};  // a line that a person should read
};

/// A study that is open, with its plan as it was when it began: its record of machine and command belongs to its
/// results.
struct OpenStudy {
  std::filesystem::path file;
  Plan plan;
  std::unique_ptr<Store> store;
  bool begun = false;                               // by this command
  std::vector<std::filesystem::path> folders = {};  // made for it by this command, the innermost first
  int reused = 0;                                   // results that it began with
};

/// Begins the study of these trials, or opens the one that is there when it is of the same plan. Empty names: a new
/// study (new_study_name), no results reused.
OpenStudy begin_or_open(const Plan& plan, const std::vector<Arch>& archs, const std::string& study,
                        const std::string& reuse, const RunControls& controls);

/// Opens a study that is there.
OpenStudy open_to_go_on(const std::filesystem::path& study, const RunControls& controls);

/// Opens a study to look at it.
OpenStudy open_to_read(const std::filesystem::path& study, const RunControls& controls);

/// Removes the file of a study that this command began, where it is still in its place and holds nothing but what it
/// began with: no result, no step, no crash. After a refusal, so that the corrected command finds no study of the wrong
/// one.
void discard_if_empty(OpenStudy& study);

/// Trains what is not yet trained, with as many workers as are asked for and fit into memory.
Ending run(const OpenStudy& study, const RunControls& controls);

}  // namespace tse
