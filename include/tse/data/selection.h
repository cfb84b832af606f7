#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tse/base/option.h"
#include "tse/data/image_set.h"

namespace tse {

/// The options that every data string has: which of the images, and how their bytes are normalised.
struct Selection {
  static constexpr int kUnsaid = -1;

  int train = kUnsaid;     // so many training images, after a shuffle with the seed
  int valid = kUnsaid;     // the next so many are held out
  int test = kUnsaid;      // the first so many of the test set
  std::uint64_t seed = 0;  // of the shuffle, and of what else a data set draws
  std::string normalisation = "measured";
  std::optional<Normalisation> published;  // the data set's own; makes `normalisation=published` the default

  Selection() = default;
  explicit Selection(std::optional<Normalisation> known);

  Options options();
};

/// The images of a set after a shuffle with the stream (seed, "split"): the first `train`, then the next `valid`. With
/// `valid` alone the rest trains; with `train` alone nothing is held out; with neither, `valid_fraction` of the images
/// (rounded to the nearest number) is held out and the rest trains. UsageError at `place` where the set is too small.
///
/// Where the publisher names a validation set, the last `published_valid` images, it is shuffled apart and stays behind
/// the others; what is held out are the last `valid`, at most as many as it has, and with neither said it is that set,
/// unless `valid_fraction` is 0.
Split make_split(int count, const Selection& selection, double valid_fraction, std::string_view place,
                 int published_valid = 0);

/// What every data set does once its images are read: cut the test set, split, normalise, digest.
DataSet assemble(std::string spec, ImageSet train, ImageSet test, const Selection& selection, double valid_fraction,
                 int published_valid = 0);

}  // namespace tse
