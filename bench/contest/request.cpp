#include "request.h"

#include <iostream>
#include <string>

namespace tse::bench {

std::optional<Json> next_request() {
  std::string line;
  if (!std::getline(std::cin, line)) return std::nullopt;
  return parse_json(line, "request");
}

void answer(const Json& document) { std::cout << document.dump() << std::endl; }

}  // namespace tse::bench
