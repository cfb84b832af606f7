#pragma once

#include <map>
#include <string>
#include <string_view>

namespace tse {

/// A list of SHA-256 checksums as `sha256sum` and its kin write it: `DIGEST  NAME` or `DIGEST *NAME`, `SHA256 (NAME) =
/// DIGEST` (--tag), names with escapes after a backslash at the line's begin. By the last part of the name, so that
/// `./a.bin` and `folder/a.bin` are a.bin; digests in lower case. Blank lines and those that begin with # are skipped.
/// A DataError with the line where it says anything else, or two digests of one name.
std::map<std::string, std::string> parse_checksum_list(std::string_view bytes, std::string_view place);

}  // namespace tse
