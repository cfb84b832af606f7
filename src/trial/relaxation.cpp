#include "tse/trial/relaxation.h"

#include <algorithm>
#include <utility>

#include "tse/base/error.h"
#include "tse/base/spec.h"

namespace tse {
namespace {

constexpr const char* kPlace = "method";

Options all_options(Relaxation& of) {
  return {
      {"order", &of.order, "1, or 2: through a step of the network's weights", between(1, 2)},
      {"difference", &of.difference, "of the second order's finite differences", between(1e-12, 1)},
      {"mode", &of.mode, "look ahead and make the steps again, or once", one_of({"rollback", "inline"})},
      {"steps", &of.steps, "whose losses are summed", between(1, 10000)},
      {"loss", &of.loss, "estimator that weighs them", {}},
      {"part", &of.part, "one in so many channels goes through the options", between(1, 64)},
      {"kept", &of.kept, "options of each place that stay half way, 0 is all and no second half", between(0, 1000)},
      {"warmup_epochs", &of.warmup_epochs, "at the start and half way, without a step of the architecture",
       between(0, 1000000)},
      {"regulariser", &of.regulariser, "of the architecture's weights", one_of({"l2", "kl", "none"})},
      {"lr", &of.lr, "of the architecture's Adam", between(0, 1000)},
      {"scale", &of.scale, "of the regulariser", between(0, 1000)},
  };
}

const RelaxationEntry& entry_of(const Spec& spec) {
  const auto found = std::ranges::find(relaxations(), spec.name, &RelaxationEntry::name);
  if (found != relaxations().end()) return *found;
  std::vector<std::string> names;
  for (const RelaxationEntry& entry : relaxations()) names.push_back(entry.name);
  throw UsageError(kPlace, "{}", unknown_name(kPlace, spec.name, names));
}

}  // namespace

Options RelaxationEntry::options_of(Relaxation& of) const {
  Options mine = all_options(of);
  std::erase_if(mine, [&](const Option& option) { return std::ranges::find(options, option.name) == options.end(); });
  return mine;
}

const std::vector<RelaxationEntry>& relaxations() {
  static const std::vector<RelaxationEntry> table = [] {
    const Relaxation darts{.regulariser = "l2"};
    const Relaxation darts_tse{.speed = true};
    const Relaxation drnas{.weights = "dirichlet", .part = 4, .kept = 3, .warmup_epochs = 10};
    Relaxation drnas_tse = drnas;
    drnas_tse.speed = true;
    const std::vector<std::string> sums = {"mode", "steps", "loss"};
    const std::vector<std::string> adam = {"lr", "scale"};
    const std::vector<std::string> stages = {"part", "kept", "warmup_epochs", "regulariser"};
    const auto joined = [](const std::vector<std::vector<std::string>>& lists) {
      std::vector<std::string> all;
      for (const auto& list : lists) all.insert(all.end(), list.begin(), list.end());
      return all;
    };
    return std::vector<RelaxationEntry>{
        {"darts", "softmax, by the loss of validation images (Liu et al. 2019, arXiv 1806.09055)", "oneshot", darts,
         joined({{"order", "difference"}, adam})},
        {"darts-tse", "softmax, by the summed training loss (Ru et al. 2021, arXiv 2006.04492)", "oneshot", darts_tse,
         joined({sums, adam})},
        {"drnas", "Dirichlet, partial channels, two halves (Chen et al. 2021, arXiv 2006.10355)", "drnas", drnas,
         joined({stages, adam})},
        {"drnas-tse", "the same by the summed training loss (arXiv 2006.04492)", "drnas:clip=0", drnas_tse,
         joined({sums, stages, adam})},
    };
  }();
  return table;
}

const RelaxationEntry& relaxation_entry(std::string_view text) { return entry_of(parse_spec(text, kPlace)); }

Mixture mixture_of(const Relaxation& relaxation, bool second_half, std::vector<std::vector<int>> kept) {
  return {.norms = relaxation.weights == "softmax" ? Norms::batch : Norms::running,
          .part = second_half ? std::max(1, relaxation.part / 2) : relaxation.part,
          .kept = std::move(kept)};
}

Relaxation parse_relaxation(std::string_view text) {
  const Spec spec = parse_spec(text, kPlace);
  const RelaxationEntry& entry = entry_of(spec);
  Relaxation relaxation = entry.relaxation;
  assign(entry.options_of(relaxation), spec, "method " + spec.name);
  return relaxation;
}

std::string relaxation_spec(std::string_view text) {
  const Spec spec = parse_spec(text, kPlace);
  const RelaxationEntry& entry = entry_of(spec);
  Relaxation mine = parse_relaxation(text);
  Relaxation defaults = entry.relaxation;
  return to_text(shortest_spec(spec.name, entry.options_of(mine), entry.options_of(defaults)));
}

}  // namespace tse
