#pragma once

#include <string>
#include <string_view>

namespace tse {

/// Text between the quotes of a Graphviz label.
inline std::string dot_escaped(std::string_view text) {
  std::string escaped;
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') escaped += '\\';
    escaped += letter;
  }
  return escaped;
}

}  // namespace tse
