#include "tse/search/random_search.h"

#include <utility>

namespace tse {

Options RandomSearch::Settings::options() {
  return {{"repeat", &repeat, "may propose an architecture again, as in the paper's comparison", {}}};
}

RandomSearch::RandomSearch(const Settings& settings, Domain domain, std::uint64_t seed)
    : settings_(settings), domain_(std::move(domain)), random_(derive_seed(seed, "search random")) {}

std::optional<Arch> RandomSearch::ask() {
  std::optional<Arch> arch = domain_.draw(random_, asked_);
  if (arch && !settings_.repeat) asked_.insert(arch->text);
  return arch;
}

void RandomSearch::tell(const Observation& /*observation*/) {}

}  // namespace tse
