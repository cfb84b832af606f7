#include "tse/space/nds.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "tse/base/error.h"
#include "tse/base/spec.h"
#include "tse/space/graph.h"

namespace tse {
namespace {

constexpr const char* kSource = "(NDS, arXiv 1905.13214)";

/// Values at equal logarithmic distances, as the header says.
std::vector<int> log_spaced(int first, int last, int count) {
  std::vector<int> values = {first};
  for (int i = 1; i < count; ++i) {
    const double exact = first * std::pow(static_cast<double>(last) / first, static_cast<double>(i) / (count - 1));
    values.push_back(std::max(values.back() + 1, static_cast<int>(std::lround(exact))));
  }
  return values;
}

/// What a family is: its blocks, and the values that each stage chooses from.
struct Design {
  const char* name;
  const char* blocks;
  bool shortcut;
  std::vector<int> depths;
  std::vector<int> widths;
  std::vector<int> groups;  // none: basic blocks
  std::vector<int> ratios;

  bool bottleneck() const { return !groups.empty(); }
};

const Design& design_of(NdsFamily family) {
  static const std::array<Design, 4> designs = {{
      {"vanilla", "plain blocks", false, log_spaced(1, 24, 9), log_spaced(16, 256, 12), {}, {}},
      {"resnet", "basic blocks", true, log_spaced(1, 24, 9), log_spaced(16, 256, 12), {}, {}},
      {"resnext-a", "bottlenecks", true, log_spaced(1, 16, 5), log_spaced(16, 256, 5), {1, 2, 4}, {1, 2, 4}},
      {"resnext-b", "bottlenecks", true, log_spaced(1, 16, 5), log_spaced(64, 1024, 5), {1, 2, 4, 8, 16}, {1, 2, 4}},
  }};
  return designs[static_cast<std::size_t>(family)];
}

/// Something that a stage chooses, in the order in which it is written.
struct Part {
  char letter;
  const char* name;
  int NdsStage::* member;
  std::vector<int> values;
};

std::vector<Part> parts_of(NdsFamily family, const NdsOptions& options) {
  const Design& design = design_of(family);
  const auto up_to = [](std::vector<int> values, int most) {
    if (most > 0) std::erase_if(values, [&](int value) { return value > most; });
    return values;
  };
  std::vector<Part> parts = {{'d', "depth", &NdsStage::depth, up_to(design.depths, options.max_depth)},
                             {'w', "width", &NdsStage::width, up_to(design.widths, options.max_width)}};
  if (!design.bottleneck()) return parts;
  parts.push_back({'g', "groups", &NdsStage::groups, design.groups});
  parts.push_back({'r', "ratio", &NdsStage::ratio, design.ratios});
  return parts;
}

std::string stage_name(std::size_t stage) { return fmt::format("stage{}", stage + 1); }

Choices choices_of(NdsFamily family, const NdsOptions& options) {
  const Design& design = design_of(family);
  if (options.max_width > 0 && options.max_width < design.widths.front())
    throw UsageError(fmt::format("space {}", design.name), "expected a max_width of 0 or of {} or more; got {}",
                     design.widths.front(), options.max_width);
  std::vector<Place> places;
  for (std::size_t stage = 0; stage < NdsStages().size(); ++stage) {
    for (const Part& part : parts_of(family, options)) {
      Place place{.name = fmt::format("{}.{}", stage_name(stage), part.name), .options = {}};
      for (const int value : part.values) place.options.push_back(std::to_string(value));
      places.push_back(std::move(place));
    }
  }
  return Choices(std::move(places));
}

/// Every method returns the node that holds its result.
struct NdsBuilder {
  const Design& design;
  Graph graph{Initialisation::pycls};

  NodeId conv_bn(const std::string& name, NodeId from, int out, int kernel, int stride, int groups = 1) {
    const op::Conv2d conv{
        .out = out, .kernel = kernel, .stride = stride, .padding = (kernel - 1) / 2, .groups = groups};
    return graph.add(name + ".bn", op::BatchNorm{}, {graph.add(name + ".conv", conv, {from})});
  }
  NodeId conv_bn_relu(const std::string& name, NodeId from, int out, int kernel, int stride, int groups = 1) {
    return graph.add(name + ".relu", op::Relu{}, {conv_bn(name, from, out, kernel, stride, groups)});
  }
  /// What a block adds to its shortcut.
  NodeId residual(const std::string& name, NodeId from, const NdsStage& stage, int stride) {
    if (!design.bottleneck())
      return conv_bn(name + ".b", conv_bn_relu(name + ".a", from, stage.width, 3, stride), stage.width, 3, 1);
    if (stage.width % (stage.ratio * stage.groups) != 0)
      throw UsageError(name, "expected a width of which one in {} is divisible by {} groups; got {}", stage.ratio,
                       stage.groups, stage.width);
    const int inner = stage.width / stage.ratio;
    const NodeId first = conv_bn_relu(name + ".a", from, inner, 1, 1);
    const NodeId second = conv_bn_relu(name + ".b", first, inner, 3, stride, stage.groups);
    return conv_bn(name + ".c", second, stage.width, 1, 1);
  }
  NodeId block(const std::string& name, NodeId from, const NdsStage& stage, int stride) {
    NodeId now = residual(name, from, stage, stride);
    if (design.shortcut) {
      const bool same = stride == 1 && graph.node(from).shape.channels == stage.width;
      const NodeId shortcut = same ? from : conv_bn(name + ".shortcut", from, stage.width, 1, stride);
      now = graph.add(name + ".sum", op::Sum{}, {shortcut, now});
    }
    return graph.add(name + ".relu", op::Relu{}, {now});
  }
};

}  // namespace

std::string nds_text(const NdsStages& stages, bool bottleneck) {
  std::vector<std::string> list;
  for (const NdsStage& stage : stages) {
    list.push_back(fmt::format("d{}w{}", stage.depth, stage.width));
    if (bottleneck) list.back() += fmt::format("g{}r{}", stage.groups, stage.ratio);
  }
  return fmt::format("{}", fmt::join(list, "-"));
}

Graph nds_network(NdsFamily family, const NdsStages& stages, int stem, const Task& task) {
  NdsBuilder build{.design = design_of(family)};
  NodeId now = build.conv_bn_relu("stem", build.graph.add_input(task.input), stem, 3, 1);
  for (std::size_t i = 0; i < stages.size(); ++i) {
    for (int block = 1; block <= stages[i].depth; ++block)
      now = build.block(fmt::format("{}.block{}", stage_name(i), block), now, stages[i], i > 0 && block == 1 ? 2 : 1);
  }
  now = build.graph.add("head.pool", op::GlobalAvgPool{}, {now});
  build.graph.add("head.linear", op::Linear{.out = task.classes}, {now});
  return build.graph;
}

std::string nds_name(NdsFamily family) { return design_of(family).name; }

std::string nds_summary(NdsFamily family) {
  const Design& design = design_of(family);
  return fmt::format("three stages of {}{}, their depths{} widths{} {}", design.blocks,
                     design.shortcut ? "" : " without shortcuts", design.bottleneck() ? "," : " and",
                     design.bottleneck() ? ", groups and ratios" : "", kSource);
}

Options NdsOptions::options() {
  return {
      {"stem", &stem, "channels of the stem", between(1, 1024)},
      {"max_depth", &max_depth, "blocks of a stage, at the most; 0 is as in the paper", between(0, 24)},
      {"max_width", &max_width, "channels of a stage, at the most; 0 is as in the paper", between(0, 1024)},
  };
}

Nds::Nds(NdsFamily family, NdsOptions options)
    : ChoiceSpace(choices_of(family, options)), family_(family), options_(options) {}

std::string Nds::spec() const { return shortest_text(nds_name(family_), options_); }

NdsStages Nds::stages_of(const Picks& picks) const {
  const std::vector<Part> parts = parts_of(family_, options_);
  NdsStages stages;
  std::size_t place = 0;
  for (NdsStage& stage : stages) {
    for (const Part& part : parts) stage.*part.member = part.values.at(static_cast<std::size_t>(picks.at(place++)));
  }
  return stages;
}

Picks Nds::read(std::string_view text) const {
  std::string_view rest = text;
  const auto refuse = [&](const std::string& wanted) {
    throw UsageError(fmt::format("{} architecture '{}'", nds_name(family_), text),
                     "expected {} at character {}; got '{}'", wanted, text.size() - rest.size() + 1,
                     rest.substr(0, 24));
  };
  const auto expect = [&](char letter, const std::string& what) {
    if (!rest.starts_with(letter)) refuse(fmt::format("'{}'{}", letter, what));
    rest.remove_prefix(1);
  };
  Picks picks;
  for (std::size_t stage = 0; stage < NdsStages().size(); ++stage) {
    if (stage > 0) expect('-', fmt::format(" and stage {}", stage + 1));
    for (const Part& part : parts_of(family_, options_)) {
      const std::string what = fmt::format("the {} of stage {}", part.name, stage + 1);
      expect(part.letter, fmt::format(" and {}", what));
      int value = 0;
      const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
      const auto found = std::ranges::find(part.values, value);
      if (error != std::errc{} || found == part.values.end())
        refuse(fmt::format("{}, one of {},", what, fmt::join(part.values, ", ")));
      rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
      picks.push_back(static_cast<int>(found - part.values.begin()));
    }
  }
  if (!rest.empty()) refuse("the end");
  return picks;
}

std::string Nds::print(const Picks& picks) const { return nds_text(stages_of(picks), design_of(family_).bottleneck()); }

Graph Nds::build(const PickedPlaces& picked, const Task& task) const {
  return nds_network(family_, stages_of(picked.picks.front()), options_.stem, task);
}

/// A node for what each stage makes; its blocks are on the edge that leads there.
Drawing Nds::draw(const Arch& arch) const {
  const Design& design = design_of(family_);
  Drawing drawing{.nodes = {"input", "stem"},
                  .edges = {{.from = 0, .to = 1, .label = fmt::format("conv 3x3, width {}", options_.stem)}}};
  int last = 1;
  for (const NdsStage& stage : stages_of(picks_of(arch))) {
    std::string label = fmt::format("{} {}, width {}", stage.depth, design.blocks, stage.width);
    if (design.bottleneck()) label += fmt::format(", groups {}, ratio {}", stage.groups, stage.ratio);
    drawing.edges.push_back({.from = last, .to = last + 1, .label = label});
    drawing.nodes.push_back(fmt::format("stage {}", last++));
  }
  drawing.nodes.emplace_back("output");
  drawing.edges.push_back({.from = last, .to = last + 1, .label = "pool, linear"});
  return drawing;
}

}  // namespace tse
