// Both files of an IDX data set: the first two bytes say where the labels begin.
#include <algorithm>
#include <cstdlib>

#include "fuzz.h"
#include "tse/base/file.h"
#include "tse/data/idx.h"

namespace tse::fuzz {

std::vector<std::string> seeds() {
  const std::string images{0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6};
  const std::string labels{0, 0, 8, 1, 0, 0, 0, 2, 0, 1};
  return {std::string{0, static_cast<char>(images.size())} + images + labels};
}

}  // namespace tse::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tse;
  if (size < 2) return 0;
  const std::span bytes(data + 2, size - 2);
  const std::size_t middle = std::min<std::size_t>(bytes.size(), data[0] * 256U + data[1]);
  return fuzz::may_refuse([&] {
    const ImageSet images =
        parse_idx_images(bytes.first(middle), bytes.subspan(middle), {"a", "b"}, "images", "labels");
    if (images.pixels.size() != static_cast<std::size_t>(images.count) * images.image_bytes()) std::abort();
  });
}
