#include "python.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>

#include "tse/base/error.h"
#include "tse/base/json.h"
#include "tse/base/write.h"
#include "tse/exec/process.h"
#include "tse/export/safetensors.h"

namespace tse::engine {
namespace {

namespace fs = std::filesystem;

constexpr int kNoPyTorch = 77;

// the working folder is no place to import from
constexpr const char* kRunner = R"(
import sys
sys.path = [folder for folder in sys.path if folder]
import importlib.util, json
try:
    import torch
except Exception:
    sys.exit(77)
sys.dont_write_bytecode = True
spec = importlib.util.spec_from_file_location("exported", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
images = module.read_safetensors(sys.argv[2])["images"]
with torch.no_grad():
    logits = module.load()(images)
print(json.dumps({"version": torch.__version__, "shape": list(logits.shape), "logits": logits.flatten().tolist()}))
)";

/// A folder of its own, removed with all that is in it.
class ScratchFolder {
 public:
  ScratchFolder() : path_((fs::temp_directory_path() / "tse-export-XXXXXX").string()) {
    if (::mkdtemp(path_.data()) == nullptr) throw DataError(path_, "cannot be made");
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  fs::path operator/(const fs::path& name) const { return path_ / name; }

 private:
  std::string path_;
};

std::string last_line(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

/// The runner's line, between the warnings that Python may print before and after it.
Json answer_in(const std::string& output) {
  const std::size_t begin = output.find("{\"version\"");
  if (begin == std::string::npos) throw DataError("python3", "expected logits; got '{}'", last_line(output));
  return parse_json(output.substr(begin, output.find('\n', begin) - begin), "python3");
}

}  // namespace

PythonRun run_python(const std::vector<ModelFile>& files, const torch::Tensor& images) {
  const ScratchFolder folder;
  for (const ModelFile& file : files) write_file(folder / file.path.filename(), file.bytes);
  write_file(folder / "images", to_safetensors({{"images", images}}));
  const std::string source = (folder / files.back().path.filename()).string();
  const Finished run = run_to_end("/usr/bin/env", {"python3", "-c", kRunner, source, (folder / "images").string()});
  if (WIFEXITED(run.status) && (WEXITSTATUS(run.status) == kNoPyTorch || WEXITSTATUS(run.status) == 127))
    return {.logits = {}, .by = "no python3 with PyTorch was found"};
  if (run.status != 0) {
    throw DataError(files.back().path.string(), "expected source that Python runs; {}: {}; nothing was written",
                    describe_status(run.status), last_line(run.output));
  }
  const Json answer = answer_in(run.output);
  const auto values = member<std::vector<double>>(answer, "logits", "python3");
  const auto sides = member<std::vector<double>>(answer, "shape", "python3");
  return {.logits = torch::tensor(values, torch::kDouble).view({static_cast<std::int64_t>(sides.at(0)), -1}),
          .by = fmt::format("Python with PyTorch {}", member<std::string>(answer, "version", "python3"))};
}

}  // namespace tse::engine
