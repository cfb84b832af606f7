#include "template.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <vector>

#include "tse/base/hash.h"

namespace tse {
namespace {

std::string base64(const std::vector<std::uint8_t>& bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = group << 8U | (k < left ? bytes[i + k] : 0U);
    for (std::size_t k = 0; k < 4; ++k) text += k <= left ? kDigits[group >> (18 - 6 * k) & 63U] : '=';
  }
  return text;
}

}  // namespace

std::string fill(std::string_view text, const std::map<std::string, std::string, std::less<>>& values) {
  std::string filled;
  std::set<std::string, std::less<>> used;
  while (true) {
    const std::size_t open = text.find("{{");
    filled += text.substr(0, open);
    if (open == std::string_view::npos) break;
    const std::size_t close = text.find("}}", open);
    const std::string name(text.substr(open + 2, close - open - 2));
    const auto found = values.find(name);
    if (close == std::string_view::npos || found == values.end())
      throw std::logic_error("fill: no value for {{" + name + "}}");
    filled += found->second;
    used.insert(name);
    text.remove_prefix(close + 2);
  }
  for (const auto& [name, value] : values)
    if (!used.contains(name)) throw std::logic_error("fill: no place for {{" + name + "}}");
  return filled;
}

std::string policy_hash(std::string_view text) {
  const std::string hex = Hash().add(text).hex();
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<std::uint8_t>(std::stoul(hex.substr(i, 2), nullptr, 16)));
  return base64(bytes);
}

}  // namespace tse
