#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tse/base/registry.h"
#include "tse/data/image_set.h"

namespace tse {

/// Shape, classes and size of a data set, for planning without reading its pixels.
struct DataFacts {
  int channels = 0;
  int height = 0;
  int width = 0;
  int classes = 0;
  std::int64_t images = 0;  // of both sets, at the most

  bool operator==(const DataFacts&) const = default;
};

/// A source of images, configured but not read. Every one in the registry is held to the contract in
/// tests/data/data_contract_test.cpp.
class Data {
 public:
  virtual ~Data() = default;

  /// The shortest string that names it.
  virtual std::string spec() const = 0;

  /// Without reading pixels: from the format's own constants or headers. DataError where the files are not there.
  virtual DataFacts facts() const = 0;

  /// The files it is read from, where they are few and named by the format; empty otherwise. DataError where one is not
  /// there.
  virtual std::vector<std::filesystem::path> files() const = 0;

  /// Reads everything. `valid_fraction` of the training images are held out where the string names no `valid=` and no
  /// `train=`. Every file is checked before memory is taken for it; a DataError names file, offset, rule and value.
  virtual DataSet load(double valid_fraction) const = 0;
};

const Registry<std::shared_ptr<const Data>>& data_sets();

std::shared_ptr<const Data> make_data(std::string_view text);

}  // namespace tse
