#include "tse/space/choice_space.h"

#include <utility>

#include "tse/base/error.h"

namespace tse {

ChoiceSpace::ChoiceSpace(Choices choices) : choices_(std::move(choices)) {}

Arch ChoiceSpace::parse(std::string_view text) const { return {print(read(text))}; }

Arch ChoiceSpace::sample(Stream& random) const { return {print(choices_.sample(random))}; }

std::vector<Arch> ChoiceSpace::neighbours(const Arch& arch) const {
  std::vector<Arch> list;
  for (const Picks& picks : choices_.neighbours(picks_of(arch))) list.push_back({print(picks)});
  return list;
}

Arch ChoiceSpace::at(std::uint64_t index) const { return {print(choices_.at(index))}; }

std::uint64_t ChoiceSpace::index_of(const Arch& arch) const { return choices_.index_of(picks_of(arch)); }

Picks ChoiceSpace::picks_of(const Arch& arch) const { return read(arch.text); }

Arch ChoiceSpace::arch_of(const Picks& picks) const {
  choices_.check(picks);
  return {print(picks)};
}

Graph ChoiceSpace::lower(const Arch& arch, const Task& task) const {
  return build({.picks = {picks_of(arch)}, .paths = OptionPaths::of_place}, task);
}

void ChoiceSpace::expect_super_network() const {
  if (!has_super_network())
    throw UsageError(spec(), "its architectures share no weights, so it has no super-network and no mixture");
}

Graph ChoiceSpace::sub_network(std::span<const Arch> path, const Task& task, Norms norms) const {
  expect_super_network();
  if (path.size() != 1 && std::cmp_not_equal(path.size(), cells()))
    throw UsageError(spec(), "expected a path of one architecture, or of one for each of {} cells; got {}", cells(),
                     path.size());
  std::vector<Picks> picks;
  for (const Arch& arch : path) picks.push_back(picks_of(arch));
  return build({.picks = std::move(picks), .paths = OptionPaths::of_option, .norms = norms}, task);
}

Graph ChoiceSpace::mixed(const Task& task, const Mixture& mixture) const {
  expect_super_network();
  const std::size_t places = mixture_choices().places().size();
  if (!mixture.kept.empty() && mixture.kept.size() != places)
    throw UsageError(spec(), "expected the options that stay at each of {} places; got those of {}", places,
                     mixture.kept.size());
  return build({.picks = {},
                .paths = OptionPaths::of_option,
                .norms = mixture.norms,
                .part = mixture.part,
                .kept = mixture.kept},
               task);
}

}  // namespace tse
