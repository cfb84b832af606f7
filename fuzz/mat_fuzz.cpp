// MAT-files: the format, and what the data sets that come in it read from it.
#include <cstdlib>

#include "fuzz.h"
#include "tse/data/flowers102.h"
#include "tse/data/mat.h"
#include "tse/data/svhn.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tse;
  const std::span bytes(data, size);
  fuzz::may_refuse([&] {
    constexpr std::size_t kMost = 1U << 16U;
    std::size_t total = 0;
    for (const MatArray& array : parse_mat(bytes, "file", kMost)) {
      total += array.values.size();
      std::size_t count = 1;
      for (const std::size_t one : array.sizes) count *= one;
      if (array.count() != count || array.sizes.size() < 2) std::abort();
      if (count > 0) static_cast<void>(array.at(count - 1));
    }
    if (total > kMost + size) std::abort();
  });
  fuzz::may_refuse([&] {
    const ImageSet images = parse_svhn(bytes, "file");
    if (images.pixels.size() != static_cast<std::size_t>(images.count) * images.image_bytes()) std::abort();
    for (const std::uint16_t label : images.labels) {
      if (label > 9) std::abort();
    }
  });
  return fuzz::may_refuse([&] {
    const FlowerLists lists = parse_flower_lists(bytes, "file", bytes, "file");
    for (const auto* list : {&lists.train, &lists.valid, &lists.test}) {
      for (const int number : *list) {
        if (lists.labels.at(static_cast<std::size_t>(number - 1)) > 101) std::abort();
      }
    }
  });
}
