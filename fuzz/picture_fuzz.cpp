#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "fuzz.h"
#include "tse/base/file.h"
#include "tse/data/picture.h"

namespace tse::fuzz {

std::vector<std::string> seeds() {
  std::vector<std::string> all;
  std::vector<std::filesystem::path> files(std::filesystem::directory_iterator(TSE_SOURCE "/tests/data/pictures"), {});
  std::ranges::sort(files);
  for (const auto& file : files) all.emplace_back(as_text(read_file(file, 1U << 20U)));
  return all;
}

}  // namespace tse::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tse;
  return fuzz::may_refuse([&] {
    const Picture picture = decode_picture(std::span(data, size), "file");
    if (picture.rgb.size() != static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height) * 3) {
      std::abort();
    }
    if (resize(picture, 7, 5).rgb.size() != 7 * 5 * 3) std::abort();
  });
}
