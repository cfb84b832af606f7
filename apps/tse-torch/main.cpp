// The engine: everything that touches tensors. `tse` starts it; people need not.

#include <string>
#include <vector>

#include "tse/base/error.h"
#include "tse/base/program.h"
#include "worker.h"

namespace {

int run(const std::vector<std::string>& arguments) {
  if (arguments.size() == 3 && arguments[0] == "worker" && arguments[1] == "--study") {
    return tse::engine::run_worker(arguments[2]);
  }
  throw tse::UsageError("tse-torch", "expected: worker --study FILE; use tse, which starts this program");
}

}  // namespace

int main(int argc, char** argv) {
  return tse::run_program("tse-torch", [&] { return run({argv + 1, argv + argc}); });
}
