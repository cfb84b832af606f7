#pragma once

#include <string>

namespace tse {

/// What trains an architecture from scratch, for a shell.
std::string train_command(const std::string& space, const std::string& data, const std::string& arch);

}  // namespace tse
