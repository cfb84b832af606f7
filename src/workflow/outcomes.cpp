#include "tse/workflow/outcomes.h"

#include <cmath>
#include <filesystem>
#include <optional>
#include <set>

#include "tse/base/error.h"
#include "tse/rank/truth.h"
#include "tse/space/space.h"

namespace tse {
namespace {

std::optional<std::string> own_text(const Space& space, const std::string& text) {
  try {
    return space.parse(text).text;
  } catch (const UsageError&) {
    return std::nullopt;
  }
}

void add(Truth& truth, const std::string& arch, double outcome, const std::string& place) {
  if (!std::isfinite(outcome)) throw DataError(place, "expected finite outcomes; got {} of '{}'", outcome, arch);
  const auto [found, fresh] = truth.outcome.emplace(arch, outcome);
  if (!fresh && found->second != outcome)
    throw DataError(place, "expected one outcome of each architecture; got {} and {} of '{}'", found->second, outcome,
                    arch);
}

Truth without_outcomes(const Truth& truth) {
  return {.column = truth.column,
          .lower = truth.lower,
          .source = std::filesystem::path(truth.source).filename().string(),
          .outcome = {}};
}

}  // namespace

Json outcomes_of(const Space& space, const std::vector<Arch>& archs, const std::string& text) {
  const Truth all = read_truth(text);
  Truth mine = without_outcomes(all);
  std::set<std::string> wanted;
  for (const Arch& arch : archs) wanted.insert(arch.text);
  for (const auto& [arch, outcome] : all.outcome) {
    const auto own = own_text(space, arch);
    if (own && wanted.contains(*own)) add(mine, *own, outcome, text);
  }
  if (mine.outcome.empty()) throw DataError(text, "expected an outcome for these architectures; there is none");
  return to_json(mine);
}

Json outcomes_of_space(const Space& space, const std::string& text) {
  const Truth all = read_truth(text);
  Truth mine = without_outcomes(all);
  for (const auto& [arch, outcome] : all.outcome) {
    const auto own = own_text(space, arch);
    if (!own) throw DataError(text, "expected architectures of {}; got '{}'", space.spec(), arch);
    add(mine, *own, outcome, text);
  }
  if (mine.outcome.empty()) throw DataError(text, "expected outcomes of architectures; there are none");
  return to_json(mine);
}

}  // namespace tse
