#include "tse/paths/random_path.h"

#include <utility>

namespace tse {

Options RandomPath::Settings::options() {
  return {{"cells", &cells, "all cells take the same architecture, or each its own, as in the authors' code",
           one_of({"same", "own"})}};
}

RandomPath::RandomPath(const Settings& settings, std::shared_ptr<const Space> space, const Task& /*task*/,
                       std::uint64_t seed)
    : space_(std::move(space)), seed_(seed), architectures_(settings.cells == "own" ? space_->cells() : 1) {}

int RandomPath::count(const Settings& /*settings*/, const Space& /*space*/) { return 1; }

std::vector<Path> RandomPath::paths(std::int64_t step) const {
  Stream random(derive_seed(seed_, "paths", static_cast<std::uint64_t>(step)));
  Path path;
  while (std::cmp_less(path.size(), architectures_)) {
    Arch arch = space_->sample(random);
    // of its own, a cell that carries nothing would cut the whole network; the authors draw again, too
    if (architectures_ == 1 || space_->connected(arch)) path.push_back(std::move(arch));
  }
  return {path};
}

}  // namespace tse
