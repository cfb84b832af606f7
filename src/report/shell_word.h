#pragma once

#include <string>

namespace tse {

/// A word as a POSIX shell reads it.
std::string shell_word(const std::string& word);

}  // namespace tse
