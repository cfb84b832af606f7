// A search space of your own, without a change to the library: define it, register it with one call, and hold it to
// what every space must hold to. The same call makes it known by its name to all that takes one: `make_space`, studies,
// searches.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "tse/space/check.h"
#include "tse/space/choice_space.h"

namespace {

constexpr const char* kName = "plain";
const std::vector<std::string> kLayers = {"conv1", "conv3", "conv5", "skip"};
enum Layer : int { kSkip = 3 };

struct PlainOptions {
  int channels = 16;
  int layers = 4;

  tse::Options options() {
    return {{"channels", &channels, "of every layer", tse::between(1, 1024)},
            {"layers", &layers, "to choose, from the images on", tse::between(1, 16)}};
  }
};

tse::Choices layer_choices(const PlainOptions& options) {
  std::vector<tse::Place> places;
  for (int i = 1; i <= options.layers; ++i) places.push_back({.name = fmt::format("layer{}", i), .options = kLayers});
  return tse::Choices(std::move(places));
}

/// Layers one after the other, each a convolution of one of three sizes or nothing: written "conv3-skip-conv1-conv5".
class Plain final : public tse::ChoiceSpace {
 public:
  explicit Plain(PlainOptions options) : ChoiceSpace(layer_choices(options)), options_(options) {}

  std::string spec() const override { return tse::shortest_text(kName, options_); }
  bool connected(const tse::Arch& /*arch*/) const override { return true; }

  /// Where in the row a layer is skipped makes no difference.
  std::string canonical(const tse::Arch& arch) const override {
    std::vector<std::string> convolutions;
    for (const int option : picks_of(arch)) {
      if (option != kSkip) convolutions.push_back(kLayers[static_cast<std::size_t>(option)]);
    }
    return fmt::format("{}", fmt::join(convolutions, "-"));
  }

  tse::Drawing draw(const tse::Arch& arch) const override {
    tse::Drawing drawing{.nodes = {"images"}, .edges = {}};
    for (const int option : picks_of(arch)) {
      const int last = static_cast<int>(drawing.edges.size());
      drawing.nodes.push_back(std::to_string(last + 1));
      drawing.edges.push_back({.from = last, .to = last + 1, .label = kLayers[static_cast<std::size_t>(option)]});
    }
    return drawing;
  }

 protected:
  tse::Picks read(std::string_view text) const override {
    tse::Picks picks;
    for (std::string_view rest = text;;) {
      const std::string layer(rest.substr(0, rest.find('-')));
      const auto found = std::ranges::find(kLayers, layer);
      if (found == kLayers.end())
        throw tse::UsageError(fmt::format("{} '{}', layer {}", kName, text, picks.size() + 1), "{}",
                              tse::unknown_name("layer", layer, kLayers));
      picks.push_back(static_cast<int>(found - kLayers.begin()));
      if (layer.size() == rest.size()) break;
      rest.remove_prefix(layer.size() + 1);
    }
    if (picks.size() != choices()->places().size())
      throw tse::UsageError(fmt::format("{} '{}'", kName, text), "expected {} layers joined by '-'; got {}",
                            choices()->places().size(), picks.size());
    return picks;
  }

  std::string print(const tse::Picks& picks) const override {
    std::vector<std::string> layers;
    for (const int option : picks) layers.push_back(kLayers[static_cast<std::size_t>(option)]);
    return fmt::format("{}", fmt::join(layers, "-"));
  }

  tse::Graph build(const tse::PickedPlaces& picked, const tse::Task& task) const override {
    namespace op = tse::op;
    tse::Graph graph;
    tse::NodeId now = graph.add_input(task.input);
    now = graph.add("stem", op::Conv2d{.out = options_.channels, .kernel = 3, .padding = 1}, {now});
    for (std::size_t i = 0; i < choices()->places().size(); ++i) {
      const tse::Place& place = choices()->places()[i];
      now = add_choice(graph, place.name, place, picked.at(i), [&](const std::string& path, int option) {
        if (option == kSkip) return graph.add(path, op::Identity{}, {now});
        const int kernel = 2 * option + 1;
        const tse::NodeId conv =
            graph.add(path + ".conv", op::Conv2d{.out = options_.channels, .kernel = kernel, .padding = option}, {now});
        // a search may ask for other norms than the space's own
        const op::BatchNorm norm{.affine = picked.norms == tse::Norms::own, .track = picked.norms != tse::Norms::batch};
        const tse::NodeId bn = graph.add(path + ".bn", norm, {conv});
        return graph.add(path + ".relu", op::Relu{}, {bn});
      });
    }
    now = graph.add("head.pool", op::GlobalAvgPool{}, {now});
    graph.add("head.linear", op::Linear{.out = task.classes}, {now});
    return graph;
  }

 private:
  PlainOptions options_;
};

}  // namespace

int main() {
  tse::register_space<Plain, PlainOptions>(kName,
                                           "layers in a row, each a convolution of one of three sizes or nothing");

  const auto space = tse::make_space("plain:channels=8");
  const tse::Arch arch = space->parse("conv3-skip-conv1-conv5");
  fmt::print("{}: {} architectures; '{}' has {} parameters\n", space->spec(), space->size().value(), arch.text,
             parameters(space->lower(arch, {})));
  const std::vector<tse::PropertyCheck> checks = check_space(*space);
  fmt::print("{}", to_text(checks));
  return all_hold(checks) ? 0 : 1;
}
