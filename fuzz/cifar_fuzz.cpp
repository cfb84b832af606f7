// The first byte chooses: one label byte, two, or the file of class names.
#include <cstdlib>

#include "fuzz.h"
#include "tse/base/file.h"
#include "tse/data/cifar.h"

namespace tse::fuzz {

std::vector<std::string> seeds() {
  const std::string pixels(3072, 'p');
  return {std::string{0, 1} + pixels + std::string{0} + pixels, std::string{1, 9, 1} + pixels,
          std::string(1, 2) + "cat\ndog\n"};
}

}  // namespace tse::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tse;
  if (size < 1) return 0;
  const std::span bytes(data + 1, size - 1);
  return fuzz::may_refuse([&] {
    if (data[0] % 3 == 2) {
      if (parse_class_names(as_text(bytes), 2, "names").size() != 2) std::abort();
      return;
    }
    ImageSet images{.channels = 3, .height = 32, .width = 32, .pixels = {}, .labels = {}, .class_names = {"a", "b"}};
    append_cifar(bytes, 1 + data[0] % 3, "file", images);
    if (images.pixels.size() != static_cast<std::size_t>(images.count) * images.image_bytes()) std::abort();
    for (const std::uint16_t label : images.labels) {
      if (label > 1) std::abort();
    }
  });
}
