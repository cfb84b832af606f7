// The engine: everything that touches tensors. `tse` starts it; people need not.

#include <torch/torch.h>

#include <iostream>
#include <string>
#include <vector>

#include "export.h"
#include "score_jobs.h"
#include "tse/base/error.h"
#include "tse/base/option.h"
#include "tse/base/program.h"
#include "tse/exec/worker.h"
#include "worker.h"

namespace {

int run(const std::vector<std::string>& arguments) {
  const std::size_t given = arguments.size();
  if ((given == 3 || (given == 5 && arguments[3] == "--lanes")) && arguments[0] == "worker" &&
      arguments[1] == "--study") {
    int lanes = 1;
    if (given == 5) tse::assign({{"lanes", &lanes, "", tse::between(1, 1024)}}, "lanes", arguments[4], "--lanes");
    return tse::work_within_means("tse-torch", [&] { return tse::engine::run_worker(arguments[2], lanes); });
  }
  if (given == 1 && arguments[0] == "devices") {
    std::cout << tse::Json{{"gpus", torch::cuda::device_count()}}.dump() << '\n';
    return tse::kExitDone;
  }
  if (given == 1 && arguments[0] == "score-jobs")
    return tse::work_within_means("tse-torch", [] { return tse::engine::run_score_jobs(); });
  if (given == 2 && arguments[0] == "export") {
    std::cout << tse::engine::export_trial(tse::parse_json(arguments[1], "tse-torch export")).dump() << '\n';
    return tse::kExitDone;
  }
  throw tse::UsageError("tse-torch",
                        "expected: worker --study FILE [--lanes N], devices, score-jobs, or export JSON; use tse, "
                        "which starts this program");
}

}  // namespace

int main(int argc, char** argv) {
  return tse::run_program("tse-torch", [&] { return run({argv + 1, argv + argc}); });
}
