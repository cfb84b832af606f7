#include "tse/data/selection.h"

#include <cmath>
#include <numeric>
#include <span>
#include <utility>

#include "tse/base/error.h"
#include "tse/base/hash.h"
#include "tse/base/random.h"

namespace tse {
namespace {

void keep_first(ImageSet& images, int count) {
  images.count = count;
  images.pixels.resize(static_cast<std::size_t>(count) * images.image_bytes());
  images.labels.resize(static_cast<std::size_t>(count));
}

std::string digest_of(const DataSet& data) {
  Hash hash;
  hash.add(digest(data.train)).add(digest(data.test));
  for (const auto* indices : {&data.split.train, &data.split.valid}) {
    hash.add(std::uint64_t{indices->size()});
    for (const int index : *indices) hash.add(static_cast<std::uint64_t>(index));
  }
  return hash.hex();
}

}  // namespace

Selection::Selection(std::optional<Normalisation> known) : published(std::move(known)) {
  if (published) normalisation = "published";
}

Options Selection::options() {
  std::vector<std::string> sources = {"measured"};
  if (published) sources.insert(sources.begin(), "published");
  return {
      {"train", &train, "training images, the first of a shuffle; -1: all that are not held out", at_least(-1)},
      {"valid", &valid,
       "images held out, the next of the shuffle; -1: the recipe's fraction, none with train=", at_least(-1)},
      {"test", &test, "test images, the first of the set; -1: all", at_least(-1)},
      {"seed", &seed, "of the shuffle before the split", {}},
      {"normalisation", &normalisation, "means and deviations of the channels", one_of(sources)},
  };
}

Split make_split(int count, const Selection& selection, double valid_fraction, std::string_view place,
                 int published_valid) {
  int train = selection.train;
  int valid = selection.valid;
  if (train == 0) throw UsageError(place, "train must be at least 1; got 0");
  if (train < 0) {
    const bool as_published = published_valid > 0 && valid_fraction > 0;
    if (valid < 0) valid = as_published ? published_valid : static_cast<int>(std::lround(valid_fraction * count));
    train = count - valid;
    if (train < 1) throw UsageError(place, "valid must leave a training image of {}; got {}", count, valid);
  }
  if (valid < 0) valid = 0;
  if (train > count || valid > count - train) {
    throw UsageError(place, "train + valid must be at most the {} training images; got {} + {}", count, train, valid);
  }
  if (published_valid > 0 && valid > published_valid)
    throw UsageError(place, "valid must be at most the {} published validation images; got {}", published_valid, valid);
  std::vector<int> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  const std::span all(order);
  Stream stream(derive_seed(selection.seed, "split"));
  stream.shuffle(all.first(order.size() - static_cast<std::size_t>(published_valid)));
  stream.shuffle(all.last(static_cast<std::size_t>(published_valid)));
  const auto held_out = published_valid > 0 ? order.end() - valid : order.begin() + train;
  return {.train = {order.begin(), order.begin() + train}, .valid = {held_out, held_out + valid}};
}

DataSet assemble(std::string spec, ImageSet train, ImageSet test, const Selection& selection, double valid_fraction,
                 int published_valid) {
  if (train.count == 0) throw DataError(spec, "expected training images; there are none");
  if (test.count == 0) throw DataError(spec, "expected test images; there are none");
  if (selection.test == 0 || selection.test > test.count) {
    throw UsageError(spec, "test must be in [1, {}]; got {}", test.count, selection.test);
  }
  if (selection.test > 0) keep_first(test, selection.test);
  DataSet data;
  data.split = make_split(train.count, selection, valid_fraction, spec, published_valid);
  if (selection.normalisation == "published") {
    data.normalisation = selection.published.value();
    data.normalisation_source = "published";
  } else {
    data.normalisation = measure(train, data.split.train);
    data.normalisation_source = fmt::format("measured over {} training images", data.split.train.size());
  }
  data.spec = std::move(spec);
  data.train = std::move(train);
  data.test = std::move(test);
  data.digest = digest_of(data);
  return data;
}

}  // namespace tse
