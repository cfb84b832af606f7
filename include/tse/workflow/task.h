#pragma once

#include "tse/data/data.h"
#include "tse/space/space.h"

namespace tse {

/// What networks for these images are for.
inline Task task_of(const DataFacts& facts) {
  return {.input = {.channels = facts.channels, .height = facts.height, .width = facts.width},
          .classes = facts.classes};
}

}  // namespace tse
