#include "tse/workflow/outcomes.h"

#include <filesystem>

#include "tse/base/error.h"
#include "tse/rank/truth.h"

namespace tse {

Json outcomes_of(const std::vector<Arch>& archs, const std::string& text) {
  const Truth all = read_truth(text);
  Truth mine{.column = all.column,
             .lower = all.lower,
             .source = std::filesystem::path(all.source).filename().string(),
             .outcome = {}};
  for (const Arch& arch : archs) {
    if (const auto found = all.outcome.find(arch.text); found != all.outcome.end()) mine.outcome.insert(*found);
  }
  if (mine.outcome.empty()) throw DataError(text, "expected an outcome for these architectures; there is none");
  return to_json(mine);
}

}  // namespace tse
