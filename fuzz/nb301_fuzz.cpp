// A file of NAS-Bench-301's logs.
#include <cstdlib>

#include "fuzz.h"
#include "tse/base/file.h"
#include "tse/table/nb301.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tse;
  return fuzz::may_refuse([&] {
    const Nb301Run run = parse_nb301(as_text(std::span(data, size)), "file");
    if (run.arch.size() > 400 || run.train_loss.empty()) std::abort();
    if (run.train_accuracy.size() != run.train_loss.size() || run.valid_accuracy.size() != run.train_loss.size())
      std::abort();
  });
}
