#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tse/base/json.h"
#include "tse/store/store.h"
#include "tse/trial/job.h"
#include "tse/trial/trace.h"

namespace tse {

/// What a study knows when it begins: facts that it remembers, and results of trials, by number, that were recorded
/// elsewhere.
struct Known {
  std::map<std::string, Json> facts = {};
  std::map<int, Trace> results = {};
};

/// How a study is opened. Reading works beside writers, and in a folder where nothing may be written.
enum class Access { write, read };

// The journal of a study by its name, whatever keeps it: a file of SQLite's (study_file.h). Another kind adds its line
// to each of these.

/// Whether there is a study of this name.
bool store_exists(const std::filesystem::path& study);

/// Makes a study with its plan and first trials, whole or not at all. DataError where it exists.
void create_store(const std::filesystem::path& study, const Json& plan, std::vector<Job> jobs, const Known& known = {});

/// DataError where it is not there, is no study, or was written by a newer version.
std::unique_ptr<Store> open_store(const std::filesystem::path& study, Access access);

}  // namespace tse
