#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tse/base/registry.h"
#include "tse/space/space.h"

namespace tse {

/// What of a super-network is trained together: one architecture of all cells, or one for each.
using Path = std::vector<Arch>;

/// Which paths of a super-network see a mini-batch. The gradients of their losses, each divided by how many paths there
/// are, add up to one update.
class PathSampler {
 public:
  virtual ~PathSampler() = default;

  /// The paths of a training step, counted from 0: a function of the seed and the step, so that any step can be made
  /// without those before it.
  virtual std::vector<Path> paths(std::int64_t step) const = 0;
};

/// A rule of sampling with its settings, of any space and seed.
class PathRule {
 public:
  virtual ~PathRule() = default;

  /// The shortest string that names it.
  virtual std::string spec() const = 0;

  /// How many paths each step has.
  virtual int count(const Space& space) const = 0;

  /// UsageError where the rule does not fit the space.
  virtual std::unique_ptr<PathSampler> begin(std::shared_ptr<const Space> space, const Task& task,
                                             std::uint64_t seed) const = 0;
};

const Registry<std::shared_ptr<const PathRule>>& path_rules();

std::shared_ptr<const PathRule> make_path_rule(std::string_view text);

}  // namespace tse
