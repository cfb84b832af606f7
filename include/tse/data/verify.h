#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tse/data/data.h"

namespace tse {

/// One file of a data set, compared with what is known about it.
struct FileCheck {
  std::filesystem::path file;
  std::string sha256;                // of its content, unpacked
  std::string listed;                // by the file SHA256SUMS beside it; empty: not listed
  std::optional<bool> as_published;  // whether it is what the publisher gives; none: not known

  /// A file may well differ from the published one (another order, a part of it), but not from the list beside it.
  bool damaged() const { return !listed.empty() && listed != sha256; }
};

/// Reads each of the data set's own files again and compares checksums. DataError where one cannot be read, or where
/// a list beside them cannot be understood or lists none of them.
std::vector<FileCheck> check_files(const Data& data);

}  // namespace tse
