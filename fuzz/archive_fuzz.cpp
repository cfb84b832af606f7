// A tar archive, gzipped or not: no name may lead out of the folder, and no more than the limits may come out.
#include <cstdlib>

#include "../tests/support/tar.h"
#include "fuzz.h"
#include "tse/base/archive.h"
#include "tse/base/file.h"

namespace tse::fuzz {

std::vector<std::string> seeds() {
  std::vector<std::string> all;
  for (const auto& entries : std::vector<std::vector<TarEntry>>{
           {{.name = "top/a", .content = "first"}, {.name = "top/b/c", .content = std::string(700, 'x')}},
           {{.name = "../evil", .content = "x"}},
           {{.name = "link", .type = AE_IFLNK, .link = "/etc"}, {.name = "a", .hard_link = "b"}}}) {
    const Bytes packed = make_tar(entries);
    all.emplace_back(as_text(packed));
    all.emplace_back(as_text(unpack(packed, Packing::gzip, "seed", 1U << 20U)));
  }
  return all;
}

}  // namespace tse::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tse;
  return fuzz::may_refuse([&] {
    std::uint64_t total = 0;
    const auto files = list_archive(std::span(data, size), "file", {.bytes = 100'000, .entries = 20, .strip = 1});
    for (const ArchiveFile& file : files) {
      total += file.bytes;
      if (file.name.empty() || file.name.is_absolute()) std::abort();
      for (const auto& part : file.name) {
        if (part == "..") std::abort();
      }
    }
    if (total > 100'000 || files.size() > 20) std::abort();
  });
}
