#include "train_command.h"

#include <fmt/format.h>

#include "shell_word.h"

namespace tse {

std::string train_command(const std::string& space, const std::string& data, const std::string& arch) {
  return fmt::format("tse train --space {} --data {} --arch {}", shell_word(space), shell_word(data), shell_word(arch));
}

}  // namespace tse
