#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tse/base/json.h"
#include "tse/store/open.h"
#include "tse/store/store.h"
#include "tse/trial/job.h"

namespace tse {

/// Makes a study file with its plan and first trials, whole or not at all: it appears under its name when it is
/// complete. DataError where the file exists. Leftovers of creations that were killed are removed.
void create_sqlite_study(const std::filesystem::path& path, const Json& plan, std::vector<Job> jobs,
                         const Known& known = {});

/// Makes a study file of finished trials, numbered from 0, with what the study remembers: one file that readers leave
/// as it is, to be handed on. Whole or not at all; DataError where the file exists.
void create_finished_study(const std::filesystem::path& path, const Json& plan,
                           const std::map<std::string, Json>& facts, const std::vector<Trial>& trials);

/// DataError where the file is not there, is no study, or was written by a newer version. Waits up to `patience` for a
/// lock that another process holds.
std::unique_ptr<Store> open_sqlite_study(const std::filesystem::path& path, Access access,
                                         std::chrono::milliseconds patience = std::chrono::seconds(30));

}  // namespace tse
