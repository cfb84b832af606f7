// A file of NATS-Bench, unpacked: its pickle, then what the benchmark puts into it.
#include <cstdlib>

#include "fuzz.h"
#include "tse/table/nats_cell.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tse;
  return fuzz::may_refuse([&] {
    const Pickle pickle = Pickle::parse({data, data + size}, "file", {.bytes = 1U << 16U, .nodes = 1U << 14U});
    constexpr std::size_t kMostName = 1000;  // whatever the pickle shares
    fuzz::may_refuse([&] {
      for (const std::string& arch : read_nats_meta(pickle)) {
        if (arch.size() > kMostName) std::abort();
      }
    });
    for (const NatsRun& run : read_nats_cell(pickle).runs) {
      if (run.hp.size() > kMostName || run.dataset.size() > kMostName) std::abort();
      const auto epochs = static_cast<std::size_t>(run.epochs);
      if (run.train.loss.size() != epochs || run.train.accuracy.size() != epochs) std::abort();
      for (const auto& [split, curves] : run.splits) {
        if (curves.loss.size() != epochs || curves.accuracy.size() != epochs) std::abort();
      }
    }
  });
}
