#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "database.h"

namespace tse {

struct StudyFormat {
  std::uint32_t version = kFormatVersion;
  int page_bytes = 4096;
  bool concurrent = true;  // written and read by many processes at once: in WAL mode
};

/// Makes a study file whole or not at all: `fill` writes into an empty database under another name, which is then
/// flushed and renamed. DataError where the file exists. Leftovers of creations that were killed are removed.
void make_study_file(const std::filesystem::path& path, const StudyFormat& format,
                     const std::function<void(Database&)>& fill);

}  // namespace tse
