// What `tse bench` measures, each contestant in a process of its own that takes its turn when it is told to. `tse`
// starts it; people need not.

#include <torch/version.h>

#include <oneapi/dnnl/dnnl.hpp>
#include <string>

#include "contestants.h"
#include "request.h"
#include "tse/base/error.h"
#include "tse/base/program.h"
#include "tse/net/device.h"

namespace {

int run(int argc, char** argv) {
  if (argc != 2) throw tse::UsageError("tse-bench", "expected a contest; use tse bench, which starts this program");
  const tse::Json contest = tse::parse_json(argv[1], "contest");
  const auto kind = tse::member<std::string>(contest, "contest", "contest");
  if (kind == "tse") {
    tse::keep_freed_memory();  // as the engine does
    tse::bench::train_by_tse(contest);
  } else if (kind == "profile") {
    tse::keep_freed_memory();
    tse::bench::profile_training(contest);
  } else if (kind == "eager") {
    tse::bench::train_eagerly(contest);
  } else if (kind == "paths") {
    tse::keep_freed_memory();
    tse::bench::train_paths(contest);
  } else if (kind == "mixture") {
    tse::keep_freed_memory();
    tse::bench::train_mixture(contest);
  } else if (kind == "losses") {
    tse::keep_freed_memory();
    tse::bench::train_for_losses(contest);
  } else if (kind == "machine") {
    tse::bench::measure_machine();
  } else if (kind == "ops") {
    tse::bench::measure_ops(contest);
  } else if (kind == "versions") {
    const dnnl_version_t* onednn = dnnl::version();
    tse::Json versions = {{"libtorch", TORCH_VERSION},
                          {"onednn", fmt::format("{}.{}.{}", onednn->major, onednn->minor, onednn->patch)}};
    const torch::Device device = tse::find_device(tse::member<std::string>(contest, "device", "contest"));
    if (!device.is_cpu()) versions.update(tse::device_facts(device));
    tse::bench::answer(versions);
  } else {
    throw tse::UsageError(
        "tse-bench", "expected tse, profile, eager, paths, mixture, losses, machine, ops or versions; got '{}'", kind);
  }
  return tse::kExitDone;
}

}  // namespace

int main(int argc, char** argv) {
  return tse::run_program("tse-bench", [&] { return run(argc, argv); });
}
