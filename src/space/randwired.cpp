#include "tse/space/randwired.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "text_cursor.h"
#include "tse/base/error.h"
#include "tse/space/graph.h"

namespace tse {
namespace {

using Generator = WiringSetting::Generator;

constexpr int kStages = 3;
constexpr std::array<std::pair<const char*, Generator>, 3> kGenerators = {
    {{"ws", Generator::ws}, {"er", Generator::er}, {"ba", Generator::ba}}};

const char* name_of(Generator generator) {
  return std::ranges::find(kGenerators, generator, &std::pair<const char*, Generator>::second)->first;
}

// --- Reading.

class WiredText {
 public:
  explicit WiredText(std::string_view text) : text_("randwired", text) {}

  WiringSetting setting() {
    const auto generator = std::ranges::find_if(kGenerators, [&](const auto& each) { return text_.take(each.first); });
    if (generator == kGenerators.end()) text_.refuse("ws, er or ba");
    WiringSetting setting{.generator = generator->second};
    text_.expect("(");
    if (setting.generator == Generator::ws) setting.k = whole_number("k");
    if (setting.generator != Generator::ba) setting.p = probability();
    if (setting.generator == Generator::ba) setting.m = whole_number("m");
    return setting;
  }
  int seed() {
    const int seed = whole_number("seed");
    text_.expect(")");
    text_.expect_end();
    return seed;
  }

  [[noreturn]] void refuse_setting(const std::string& wanted) const {
    throw UsageError(text_.place(), "expected {}; got '{}'", wanted, text_.whole());
  }

 private:
  /// "k=", and before it a comma where it is not the first.
  void key(const char* name) {
    if (!first_) text_.expect(",");
    first_ = false;
    text_.expect(name);
    text_.expect("=");
  }

  int whole_number(const char* name) {
    key(name);
    return text_.whole_number(RandWired::kMostSeeds, fmt::format("a number below {}", RandWired::kMostSeeds));
  }
  /// In millionths.
  int probability() {
    key("p");
    const std::string_view number = text_.next_of("0123456789.");
    const std::size_t point = std::min(number.find('.'), number.size());
    std::string decimals(number.substr(std::min(point + 1, number.size())));
    const bool right = point == 1 && number[0] <= '1' && decimals.size() <= 6 &&
                       (point == number.size()) == decimals.empty() && decimals.find('.') == std::string::npos;
    decimals.resize(6, '0');
    int millionths = 0;
    for (const char digit : decimals) millionths = 10 * millionths + (digit - '0');
    if (right) millionths += (number[0] - '0') * WiringSetting::kOne;
    if (!right || millionths > WiringSetting::kOne) text_.refuse("a probability in [0, 1] of at most six decimals");
    text_.skip(number.size());
    return millionths;
  }

  TextCursor text_;
  bool first_ = true;
};

// --- Building.

/// Every method returns the node that holds its result.
struct WiredBuilder {
  Graph graph;

  NodeId relu(const std::string& name, NodeId from) { return graph.add(name, op::Relu{}, {from}); }
  NodeId norm(const std::string& name, NodeId from) { return graph.add(name, op::BatchNorm{}, {from}); }
  NodeId conv(const std::string& name, NodeId from, int out, int kernel, int stride = 1, int groups = 1) {
    return graph.add(
        name, op::Conv2d{.out = out, .kernel = kernel, .stride = stride, .padding = (kernel - 1) / 2, .groups = groups},
        {from});
  }
  NodeId depthwise_separable(const std::string& name, NodeId from, int out, int stride) {
    const int in = graph.node(from).shape.channels;
    const NodeId depthwise = conv(name + ".depthwise", relu(name + ".relu", from), in, 3, stride, in);
    return norm(name + ".bn", conv(name + ".pointwise", depthwise, out, 1));
  }
  NodeId stage(const std::string& name, NodeId from, const Wiring& wiring, int channels) {
    std::vector<NodeId> results;
    std::vector<bool> last(wiring.size(), true);
    for (std::size_t number = 0; number < wiring.size(); ++number) {
      const std::string node = fmt::format("{}.node_{}", name, number);
      std::vector<NodeId> inputs;
      for (const int input : wiring[number]) {
        inputs.push_back(results[static_cast<std::size_t>(input)]);
        last[static_cast<std::size_t>(input)] = false;
      }
      const bool reads = inputs.empty();  // what comes into the stage
      const NodeId in =
          reads ? from : graph.add(node + ".sum", op::Sum{.coefficients = op::Sum::Coefficients::positive}, inputs);
      results.push_back(depthwise_separable(node, in, channels, reads ? 2 : 1));
    }
    std::vector<NodeId> ends;
    for (std::size_t number = 0; number < wiring.size(); ++number) {
      if (last[number]) ends.push_back(results[number]);
    }
    if (ends.size() == 1) return ends[0];
    return graph.add(name + ".mean",
                     op::Sum{.coefficients = op::Sum::Coefficients::constant,
                             .constants = std::vector<double>(ends.size(), 1 / static_cast<double>(ends.size()))},
                     ends);
  }
};

}  // namespace

Options RandWiredOptions::options() {
  return {
      {"nodes", &nodes, "of each of the three graphs", between(2, 128)},
      {"channels", &channels, "of the first graph, even", between(2, 1024)},
      {"halvings", &halvings, "of the stem's two convolutions, those of stride 2: 0 for 32 px, 2 for 224 px",
       between(0, 2)},
      {"features", &features, "of the convolution before the classifier", between(1, 65536)},
      {"generator", &generator, "of graphs, the only one", one_of({"any", "ws", "er", "ba"})},
      {"k", &k, "neighbours on the ring, the only ones of ws; 0 is any", between(0, 126)},
      {"p", &p, "probability, the only one of ws or er; -1 is any", between(-1, 1)},
      {"m", &m, "edges of a new node, the only ones of ba; 0 is any", between(0, 127)},
  };
}

RandWired::RandWired(RandWiredOptions options) : options_(std::move(options)) {
  const auto expect = [](bool right, const char* wanted, const auto& got) {
    if (!right) throw UsageError("space randwired", "expected {}; got {}", wanted, got);
  };
  const std::string& only = options_.generator;
  expect(options_.channels % 2 == 0, "channels that are even, for the stem's first convolution", options_.channels);
  expect(options_.k == 0 || only == "ws", "generator=ws beside k", only);
  expect(options_.m == 0 || only == "ba", "generator=ba beside m", only);
  expect(options_.p == -1 || options_.p >= 0, "p in [0, 1], or -1 for any", options_.p);
  expect(options_.p == -1 || only == "ws" || only == "er", "generator=ws or er beside p", only);
  const double millionths = options_.p * WiringSetting::kOne;
  expect(std::abs(millionths - std::round(millionths)) < 1e-6, "p of at most six decimals", options_.p);
  std::string fault = "a generator";
  for (WiringSetting setting : study_settings()) {
    if (only != "any" && only != name_of(setting.generator)) continue;
    if (options_.k != 0) setting.k = options_.k;
    if (options_.p >= 0) setting.p = static_cast<int>(std::lround(millionths));
    if (options_.m != 0) setting.m = options_.m;
    const std::string of_this = fault_of(setting, options_.nodes);
    if (!of_this.empty()) fault = of_this;
    if (of_this.empty() && std::ranges::find(settings_, setting) == settings_.end()) settings_.push_back(setting);
  }
  expect(!settings_.empty(), fault.c_str(), spec());
}

std::string RandWired::spec() const {
  RandWiredOptions mine = options_;
  RandWiredOptions defaults;
  return tse::to_text(shortest_spec("randwired", mine.options(), defaults.options()));
}

bool RandWired::leaves(const WiringSetting& setting) const {
  if (options_.generator != "any" && options_.generator != name_of(setting.generator)) return false;
  return (options_.k == 0 || setting.k == options_.k) && (options_.m == 0 || setting.m == options_.m) &&
         (options_.p < 0 || setting.p == settings_[0].p);
}

RandWired::Wired RandWired::read(std::string_view text) const {
  WiredText reader(text);
  Wired wired{.setting = reader.setting()};
  wired.seed = reader.seed();
  const std::string fault = fault_of(wired.setting, options_.nodes);
  if (!fault.empty()) reader.refuse_setting(fault);
  if (!leaves(wired.setting)) reader.refuse_setting("an architecture of " + spec());
  return wired;
}

/// The setting's text with the seed as its last parameter.
Arch RandWired::print(const Wired& wired) {
  std::string text = tse::to_text(wired.setting);
  text.pop_back();
  return {fmt::format("{},seed={})", text, wired.seed)};
}

Arch RandWired::parse(std::string_view text) const { return print(read(text)); }

Arch RandWired::sample(Stream& random) const {
  const WiringSetting& setting = settings_[random.below(settings_.size())];
  return print({.setting = setting, .seed = static_cast<int>(random.below(kMostSeeds))});
}

std::vector<Arch> RandWired::neighbours(const Arch& arch) const {
  const Wired wired = read(arch.text);
  std::vector<Arch> list;
  for (const int seed : {wired.seed - 1, wired.seed + 1}) {
    if (seed >= 0 && seed < kMostSeeds) list.push_back(print({.setting = wired.setting, .seed = seed}));
  }
  for (const WiringSetting& setting : next_to(wired.setting)) {
    if (leaves(setting) && fault_of(setting, options_.nodes).empty())
      list.push_back(print({.setting = setting, .seed = wired.seed}));
  }
  return list;
}

Wiring RandWired::wiring(const Wired& wired, int stage) const {
  Stream random(derive_seed(static_cast<std::uint64_t>(wired.seed), tse::to_text(wired.setting),
                            static_cast<std::uint64_t>(stage)));
  return draw_connected(wired.setting, options_.nodes, random);
}

Wiring RandWired::wiring(const Arch& arch, int stage) const { return wiring(read(arch.text), stage); }

/// "0,0+1,..." for each graph: the inputs of every node but the first.
std::string RandWired::canonical(const Arch& arch) const {
  const Wired wired = read(arch.text);
  std::string text;
  for (int stage = 1; stage <= kStages; ++stage) {
    const Wiring graph = wiring(wired, stage);
    if (stage > 1) text += ';';
    for (std::size_t node = 1; node < graph.size(); ++node)
      text += fmt::format("{}{}", node == 1 ? "" : ",", fmt::join(graph[node], "+"));
  }
  return text;
}

/// Always: a node without inputs reads what comes into the stage, one without successors is part of what goes out.
bool RandWired::connected(const Arch& arch) const {
  (void)read(arch.text);
  return true;
}

Graph RandWired::lower(const Arch& arch, const Task& task) const {
  const Wired wired = read(arch.text);
  WiredBuilder build;
  NodeId last = build.graph.add_input(task.input);
  last = build.conv("stem1.conv", last, options_.channels / 2, 3, options_.halvings == 2 ? 2 : 1);
  last = build.relu("stem2.relu", build.norm("stem1.bn", last));
  last = build.conv("stem2.conv", last, options_.channels, 3, options_.halvings >= 1 ? 2 : 1);
  last = build.norm("stem2.bn", last);
  for (int stage = 1; stage <= kStages; ++stage)
    last =
        build.stage(fmt::format("stage{}", stage), last, wiring(wired, stage), options_.channels * (1 << (stage - 1)));
  last = build.conv("head.conv", build.relu("head.relu", last), options_.features, 1);
  last = build.relu("head.active", build.norm("head.bn", last));
  last = build.graph.add("head.pool", op::GlobalAvgPool{}, {last});
  build.graph.add("head.linear", op::Linear{.out = task.classes}, {last});
  return build.graph;
}

Drawing RandWired::draw(const Arch& arch) const {
  const Wiring graph = wiring(arch, 1);
  const int output = static_cast<int>(graph.size()) + 1;
  Drawing drawing{.nodes = {"in"}, .edges = {}};
  std::vector<bool> last(graph.size(), true);
  for (std::size_t node = 0; node < graph.size(); ++node) {
    const int to = static_cast<int>(node) + 1;
    drawing.nodes.push_back(std::to_string(node));
    if (graph[node].empty()) drawing.edges.push_back({.from = 0, .to = to, .label = ""});
    for (const int from : graph[node]) {
      drawing.edges.push_back({.from = from + 1, .to = to, .label = ""});
      last[static_cast<std::size_t>(from)] = false;
    }
  }
  drawing.nodes.emplace_back("out");
  for (std::size_t node = 0; node < graph.size(); ++node) {
    if (last[node]) drawing.edges.push_back({.from = static_cast<int>(node) + 1, .to = output, .label = ""});
  }
  return drawing;
}

std::string RandWired::setting_of(const Arch& arch) const { return tse::to_text(read(arch.text).setting); }

std::vector<Arch> RandWired::of_each_setting(int count) const {
  if (count < 1 || count > kMostSeeds)
    throw UsageError(spec(), "expected a number of architectures of each setting in [1, {}]; got {}", kMostSeeds,
                     count);
  std::vector<Arch> list;
  for (const WiringSetting& setting : settings_) {
    for (int seed = 0; seed < count; ++seed) list.push_back(print({.setting = setting, .seed = seed}));
  }
  return list;
}

}  // namespace tse
