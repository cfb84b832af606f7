#pragma once

#include <stdexcept>

namespace tse {

/// A network that has no such score; says why, in words. Not an error: it becomes a score of kFailedScore.
class NoScore : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace tse
