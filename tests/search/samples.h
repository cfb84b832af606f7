#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tse/base/random.h"
#include "tse/search/domain.h"

namespace tse {

/// A score without meaning in [0, different), the same for an architecture each time.
inline double score_of(const Arch& arch, std::uint64_t salt = 7, std::uint64_t different = 1000) {
  return static_cast<double>(derive_seed(salt, arch.text) % different);
}

/// Different architectures of a space, drawn uniformly.
inline std::vector<Arch> different_archs(const Space& space, std::size_t count, std::uint64_t seed) {
  Stream random(seed);
  std::set<std::string> seen;
  std::vector<Arch> list;
  while (list.size() < count) {
    Arch arch = space.sample(random);
    if (seen.insert(arch.text).second) list.push_back(std::move(arch));
  }
  return list;
}

/// The domain of just these.
inline Domain domain_of(std::shared_ptr<const Space> space, const std::vector<Arch>& archs) {
  std::set<std::string> texts;
  for (const Arch& arch : archs) texts.insert(arch.text);
  return Domain(std::move(space), [texts](const Arch& arch) { return texts.contains(arch.text); });
}

}  // namespace tse
