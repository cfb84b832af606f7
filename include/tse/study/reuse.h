#pragma once

#include <filesystem>
#include <vector>

#include "tse/store/open.h"
#include "tse/store/store.h"

namespace tse {

/// What another study has of these jobs: the results of trials that ended, and the digest of the images, which those of
/// the new study must have too. A job is the same where all is that its result depends on: not its number, the folder
/// of its images, or how often it saves. Trials that failed are not among them. The fact `reused` says how many results
/// there are, and of which versions and machine. UsageError where there is none, or where the file is no such study.
Known known_results(const std::filesystem::path& study, std::vector<Job> jobs);

}  // namespace tse
