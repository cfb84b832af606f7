#pragma once

#include <string>

namespace tse {

/// The value of a score that could not be had: below all others, as in the released code (rubinxin/TSE).
inline constexpr double kFailedScore = -1e9;

/// A zero-cost score of one network.
struct StaticScore {
  std::string name;         // as registry string: "snip:parameters=all"
  double value = 0;         // higher is better; kFailedScore where it could not be had, and never NaN or infinite
  std::string reason = {};  // why it could not be had; empty where it could
  double seconds = 0;       // it took, beyond what earlier scores of the trial left behind

  bool operator==(const StaticScore&) const = default;
};

}  // namespace tse
