#include "tse/workflow/device.h"

#include <algorithm>
#include <filesystem>

#include "tse/base/error.h"
#include "tse/base/json.h"
#include "tse/base/path.h"
#include "tse/exec/process.h"
#include "tse/exec/programs.h"

namespace tse {
namespace {

/// Of NVIDIA's driver, and of its stand-in under WSL.
constexpr const char* kDriverFiles[] = {"/dev/nvidiactl", "/dev/dxg"};

bool engine_finds_gpu() {
  const Finished engine = run_to_end(find_program("tse-torch"), {"devices"}, {.errors = false});
  if (engine.status != 0) throw DataError("tse-torch", "ended before it was done: {}", describe_status(engine.status));
  return member<int>(parse_json(engine.output, "tse-torch"), "gpus", "tse-torch") > 0;
}

}  // namespace

std::string chosen_device(const std::string& asked) {
  if (asked != "auto") return asked;
  const bool driver = std::ranges::any_of(kDriverFiles, [](const char* file) { return path_exists(file); });
  return driver && engine_finds_gpu() ? "cuda" : "cpu";
}

}  // namespace tse
