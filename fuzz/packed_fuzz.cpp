// Bytes packed with gzip, xz, bzip2 and zlib: the first byte chooses.
#include <array>
#include <cstdlib>

#include "fuzz.h"
#include "tse/base/file.h"

namespace tse::fuzz {

/// printf 'hello, hello, hello\n' | gzip -n (and xz --lzma2=dict=4KiB, bzip2, Python's zlib.compress), with the
/// choosing byte before it.
std::vector<std::string> seeds() {
  return {
      std::string("\000\037\213\010\000\000\000\000\000\000\003\313\110\315\311\311\327\121\310\100\242\270\000\347\102"
                  "\156\122\024\000\000\000",
                  31),
      std::string(
          "\001\375\067\172\130\132\000\000\004\346\326\264\106\002\000\041\001\000\000\000\000\067\047\227\326\340\000"
          "\023\000\016\135\000\064\031\111\356\215\357\214\207\061\365\057\144\000\000\000\000\000\260\110\205\131\327"
          "\251\256\113\000\001\052\024\176\255\067\125\037\266\363\175\001\000\000\000\000\004\131\132",
          77),
      std::string("\002\102\132\150\071\061\101\131\046\123\131\313\122\345\147\000\000\005\121\000\000\020\100\004\002"
                  "\104\240\000"
                  "\041\044\061\010\140\057\030\104\307\025\027\213\271\042\234\050\110\145\251\162\263\200",
                  50),
      std::string("\003\170\234\313\110\315\311\311\327\121\310\100\242\270\000\113\007\006\337", 19),
  };
}

}  // namespace tse::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tse;
  if (size < 1) return 0;
  const std::span bytes(data + 1, size - 1);
  return fuzz::may_refuse([&] {
    constexpr std::size_t kMost = 10'000;
    constexpr std::array kPackings = {Packing::gzip, Packing::xz, Packing::bzip2, Packing::zlib};
    const Packing packing = kPackings.at(data[0] % kPackings.size());
    if (unpack(bytes, packing, "file", kMost).size() > kMost) std::abort();
  });
}
