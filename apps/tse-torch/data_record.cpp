#include "data_record.h"

namespace tse::engine {

DataRecord record_of(const DataSet& data) {
  return {.digest = data.digest,
          .task = {.input = {.channels = data.train.channels, .height = data.train.height, .width = data.train.width},
                   .classes = data.train.classes()},
          .train = static_cast<int>(data.split.train.size()),
          .valid = static_cast<int>(data.split.valid.size()),
          .test = data.test.count,
          .class_names = data.train.class_names,
          .mean = data.normalisation.mean,
          .deviation = data.normalisation.deviation};
}

}  // namespace tse::engine
