#include "tse/paths/multi_paths.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "tse/base/error.h"
#include "tse/rank/truth.h"
#include "tse/space/graph.h"

namespace tse {
namespace {

constexpr std::uint64_t kMostListed = 1 << 15;  // architectures to put in order, where a space has more

/// All, or so many draws where there are more.
std::vector<Arch> listed(const Space& space, std::uint64_t seed) {
  const std::uint64_t size = space.size().value_or(UINT64_MAX);
  Stream random(derive_seed(seed, "path order"));
  std::vector<Arch> archs;
  for (std::uint64_t i = 0; i < std::min(size, kMostListed); ++i)
    archs.push_back(size <= kMostListed ? space.at(i) : space.sample(random));
  return archs;
}

/// From the least value to the greatest, equal ones in their order.
std::vector<Arch> in_order(std::vector<Arch> archs, const std::vector<double>& values) {
  std::vector<std::size_t> order(archs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return values[i]; });
  std::vector<Arch> sorted;
  for (const std::size_t i : order) sorted.push_back(std::move(archs[i]));
  return sorted;
}

std::vector<Arch> by_macs(const Space& space, const Task& task, std::uint64_t seed) {
  std::vector<Arch> archs = listed(space, seed);
  std::vector<double> values;
  for (const Arch& arch : archs) values.push_back(static_cast<double>(macs(space.lower(arch, task))));
  return in_order(std::move(archs), values);
}

std::vector<Arch> by_outcome(const Space& space, const std::string& table) {
  const Truth truth = read_truth(table);
  std::vector<Arch> archs;
  std::vector<double> values;
  for (const auto& [text, outcome] : truth.outcome) {
    archs.push_back(space.parse(text));
    values.push_back(truth.lower ? -outcome : outcome);
  }
  return in_order(std::move(archs), values);
}

}  // namespace

Options MultiPaths::Settings::options() {
  return {{"paths", &paths, "that share a mini-batch", between(1, 64)},
          {"by", &by, "the order that is cut into parts, one for each path; or no parts",
           one_of({"macs", "uniform", "table"})},
          {"table", &table, "of by=table: FILE.csv:COLUMN with outcomes, which leaks them into the search", {}}};
}

MultiPaths::MultiPaths(const Settings& settings, std::shared_ptr<const Space> space, const Task& task,
                       std::uint64_t seed)
    : settings_(settings), space_(std::move(space)), seed_(seed) {
  if ((settings_.by == "table") != !settings_.table.empty())
    throw UsageError("path sampler multi", "expected by=table and table=FILE.csv:COLUMN together");
  if (settings_.by == "macs") ordered_ = by_macs(*space_, task, seed);
  if (settings_.by == "table") ordered_ = by_outcome(*space_, settings_.table);
  if (settings_.by != "uniform" && std::cmp_less(ordered_.size(), settings_.paths))
    throw UsageError("path sampler multi", "expected at least {} architectures, one in each part; got {}",
                     settings_.paths, ordered_.size());
}

int MultiPaths::count(const Settings& settings, const Space& /*space*/) { return settings.paths; }

std::vector<Path> MultiPaths::paths(std::int64_t step) const {
  Stream random(derive_seed(seed_, "paths", static_cast<std::uint64_t>(step)));
  std::vector<Path> paths;
  const auto parts = static_cast<std::size_t>(settings_.paths);
  for (std::size_t k = 0; k < parts; ++k) {
    if (ordered_.empty()) {
      paths.push_back({space_->sample(random)});
      continue;
    }
    const std::size_t first = k * ordered_.size() / parts;
    const std::size_t end = (k + 1) * ordered_.size() / parts;
    paths.push_back({ordered_[first + random.below(end - first)]});
  }
  return paths;
}

}  // namespace tse
