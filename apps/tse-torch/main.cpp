// The engine: everything that touches tensors. `tse` starts it; people need not.

#include <malloc.h>

#include <string>
#include <vector>

#include "tse/base/error.h"
#include "tse/base/program.h"
#include "worker.h"

namespace {

/// Freed memory stays with the process. By default glibc gives every large block back to the system, and the page
/// faults of getting it again are the largest single cost of training a small network.
void keep_freed_memory() {
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);
  mallopt(M_TOP_PAD, 64 << 20);
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.size() == 3 && arguments[0] == "worker" && arguments[1] == "--study") {
    return tse::engine::run_worker(arguments[2]);
  }
  throw tse::UsageError("tse-torch", "expected: worker --study FILE; use tse, which starts this program");
}

}  // namespace

int main(int argc, char** argv) {
  keep_freed_memory();
  return tse::run_program("tse-torch", [&] { return run({argv + 1, argv + argc}); });
}
