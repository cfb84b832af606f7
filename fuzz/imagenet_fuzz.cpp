// A batch of downsampled ImageNet: its pickle, then its images and labels. Small images, that damage falls on the rest.
#include <cstdlib>

#include "fuzz.h"
#include "tse/data/imagenet16.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tse;
  return fuzz::may_refuse([&] {
    const Pickle pickle = Pickle::parse({data, data + size}, "file", {.bytes = 1U << 16U, .nodes = 1U << 12U});
    ImageSet images{.channels = 3, .height = 2, .width = 2, .pixels = {}, .labels = {}, .class_names = {"a", "b"}};
    append_downsampled_imagenet(pickle, images);
    if (images.pixels.size() != static_cast<std::size_t>(images.count) * images.image_bytes()) std::abort();
    if (images.labels.size() != static_cast<std::size_t>(images.count)) std::abort();
    for (const std::uint16_t label : images.labels) {
      if (label > 1) std::abort();
    }
  });
}
