#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tse/space/space.h"

namespace tse {

/// The architectures that `--archs` names: a number of them drawn from the space, connected and no two isomorphic; or
/// those of a file, one per line, `-` being standard input. Empty lines and those that start with # do not count. A
/// wrong line, or an architecture that comes again, is an error with file and line. `flag` is what the text was given
/// to.
std::vector<Arch> read_archs(const std::string& text, const Space& space, std::uint64_t seed,
                             std::string_view flag = "--archs");

}  // namespace tse
