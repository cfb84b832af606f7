#include "tse/trial/zero_cost.h"

#include <algorithm>
#include <iterator>

#include "tse/base/error.h"

namespace tse {
namespace {

template <class Score>
Entry<ZeroCost> line() {
  return line_with<ZeroCost, Score>("zero-cost score", Score::kName, Score::kSummary,
                                    [](const Score& score) { return ZeroCost(score); });
}

Options with_look(Options options, Look& look) {
  std::ranges::move(look.options(), std::back_inserter(options));
  return options;
}

}  // namespace

Options Look::options() {
  return {
      {"batch", &batch, "images that are looked at", between(1, 4096)},
      {"images", &images, "which: one batch for the whole study, or one for each network", one_of({"shared", "own"})}};
}

namespace zero_cost {

Options Snip::options() {
  return with_look({{"parameters", &parameters,
                     "which count: weights of convolutions and linear layers, or also scales, shifts and biases",
                     one_of({"weights", "all"})}},
                   look);
}

Options JacCov::options() {
  return with_look({{"outputs", &outputs, "of the network", one_of({"classes", "1"})}}, look);
}

}  // namespace zero_cost

const Registry<ZeroCost>& zero_cost_scores() {
  static const Registry<ZeroCost> registry(
      "zero-cost score", {line<zero_cost::SynFlow>(), line<zero_cost::Snip>(), line<zero_cost::JacCov>(),
                          line<zero_cost::Params>(), line<zero_cost::Macs>()});
  return registry;
}

ZeroCost make_zero_cost(std::string_view text) { return zero_cost_scores().make(text); }

ZeroCost make_zero_cost(std::string_view text, int batch) {
  ZeroCost score = make_zero_cost(text);
  const Spec spec = parse_spec(text, "zero-cost score");
  const bool said = std::ranges::any_of(spec.options, [](const auto& option) { return option.first == "batch"; });
  std::visit(
      [&](auto& one) {
        if constexpr (requires { one.look; }) {
          if (!said) one.look.batch = batch;
        }
      },
      score);
  return score;
}

std::string to_text(const ZeroCost& score) {
  return std::visit(
      [](const auto& one) {
        using Score = std::decay_t<decltype(one)>;
        return shortest_text(Score::kName, one);
      },
      score);
}

const Look* look_of(const ZeroCost& score) {
  return std::visit(
      [](const auto& one) -> const Look* {
        if constexpr (requires { one.look; }) {
          return &one.look;
        } else {
          return nullptr;
        }
      },
      score);
}

void expect_images(const std::vector<std::string>& scores, std::int64_t images) {
  for (const std::string& name : scores) {
    const ZeroCost score = make_zero_cost(name);
    const Look* look = look_of(score);
    if (look != nullptr && look->batch > images)
      throw UsageError(name,
                       "expected at least the {} training images that it looks at (its option batch); there are {}",
                       look->batch, images);
  }
}

bool is_zero_cost(std::string_view text) {
  const std::vector<std::string> names = zero_cost_scores().names();
  return std::ranges::find(names, text.substr(0, text.find(':'))) != names.end();
}

}  // namespace tse
