#pragma once

#include "tse/base/option.h"
#include "tse/paths/sampler.h"

namespace tse {

/// RandNAS (Li and Talwalkar 2019, arXiv 1902.07638): one path, uniform over the space.
class RandomPath final : public PathSampler {
 public:
  struct Settings {
    std::string cells = "same";

    Options options();
  };

  RandomPath(const Settings& settings, std::shared_ptr<const Space> space, const Task& task, std::uint64_t seed);
  std::vector<Path> paths(std::int64_t step) const override;
  static int count(const Settings& settings, const Space& space);

 private:
  std::shared_ptr<const Space> space_;
  std::uint64_t seed_;
  int architectures_;  // of a path
};

}  // namespace tse
