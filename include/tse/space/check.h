#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tse/base/json.h"
#include "tse/space/space.h"

namespace tse {

/// What came of one property: it holds, it does not, or the space claims nothing that it could be asked of.
enum class PropertyVerdict : std::uint8_t { holds, broken, not_asked };

struct PropertyCheck {
  std::string property;  // "parses what it prints"
  PropertyVerdict verdict = PropertyVerdict::holds;
  std::string note;  // broken: the first counterexample; not asked: why

  bool operator==(const PropertyCheck&) const = default;
};

/// What every search space must hold to, by name: the contract that the spaces of the registry are tested against. Most
/// of it is tried on random architectures, always the same.
std::vector<std::string> space_properties();

/// Tries one of them. What the space throws where it should not is a counterexample too. UsageError for another name.
PropertyCheck check_property(const Space& space, std::string_view property);

/// Tries all. The space's own string must make it (`register_space`).
std::vector<PropertyCheck> check_space(const Space& space);

/// Whether no property is broken.
bool all_hold(const std::vector<PropertyCheck>& checks);

/// One line each: `pass  parses what it prints`, `FAIL  …: counterexample` or `-     …: why not asked`.
std::string to_text(const std::vector<PropertyCheck>& checks);

Json to_json(const std::vector<PropertyCheck>& checks);

}  // namespace tse
