#pragma once

#include "tse/data/image_set.h"
#include "tse/study/study.h"

namespace tse::engine {

/// What a study remembers of its images.
DataRecord record_of(const DataSet& data);

}  // namespace tse::engine
