#include "tse/search/domain.h"

#include <cstdint>
#include <utility>

namespace tse {
namespace {

constexpr int kDraws = 1000;              // before the whole space is looked through
constexpr int kDrawsAtMost = 100'000;     // where that cannot be done
constexpr std::uint64_t kLook = 1 << 20;  // architectures that can
constexpr int kMutations = 64;            // before the neighbours are looked through

}  // namespace

Domain::Domain(std::shared_ptr<const Space> space, Condition allows, Preference prefers)
    : space_(std::move(space)), allows_(std::move(allows)), prefers_(std::move(prefers)) {}

std::optional<Arch> Domain::preferred(const std::function<std::optional<Arch>()>& make) const {
  std::optional<Arch> best = make();
  if (!best || !prefers_.score || prefers_.of <= 1) return best;
  double score = prefers_.score(*best);
  for (int i = 1; i < prefers_.of; ++i) {
    std::optional<Arch> other = make();
    if (!other) continue;
    const double its = prefers_.score(*other);
    if (!(its > score)) continue;
    best = std::move(other);
    score = its;
  }
  return best;
}

std::optional<Arch> Domain::draw(Stream& random, const std::set<std::string>& without) const {
  return preferred([&] { return draw_one(random, without); });
}

std::optional<Arch> Domain::mutated(const Arch& arch, Stream& random) const {
  return preferred([&] { return mutated_once(arch, random); });
}

std::optional<Arch> Domain::draw_one(Stream& random, const std::set<std::string>& without) const {
  const std::uint64_t size = space_->size().value_or(UINT64_MAX);
  const auto fits = [&](const Arch& arch) { return !without.contains(arch.text) && allows(arch); };
  const int draws = size <= kLook ? kDraws : kDrawsAtMost;
  for (int i = 0; i < draws && without.size() < size; ++i) {
    Arch arch = space_->sample(random);
    if (fits(arch)) return arch;
  }
  if (size > kLook) return std::nullopt;
  std::vector<std::uint64_t> left;
  for (std::uint64_t index = 0; index < size; ++index) {
    if (fits(space_->at(index))) left.push_back(index);
  }
  if (left.empty()) return std::nullopt;
  return space_->at(left[random.below(left.size())]);
}

std::vector<Arch> Domain::neighbours(const Arch& arch) const {
  std::vector<Arch> list = space_->neighbours(arch);
  std::erase_if(list, [&](const Arch& each) { return !allows(each); });
  return list;
}

std::optional<Arch> Domain::mutated_once(const Arch& arch, Stream& random) const {
  if (const Choices* choices = space_->choices(); choices != nullptr && choices->size() != 1) {
    const Picks picks = space_->picks_of(arch);
    for (int i = 0; i < kMutations; ++i) {
      Arch mutant = space_->arch_of(choices->mutated(picks, random));
      if (allows(mutant)) return mutant;
    }
  }
  const std::vector<Arch> near = neighbours(arch);
  if (near.empty()) return draw_one(random, {});
  return near[random.below(near.size())];
}

}  // namespace tse
