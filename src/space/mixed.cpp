#include "tse/space/mixed.h"

#include <numeric>
#include <utility>

namespace tse {

NodeId add_choice(Graph& graph, const std::string& path, const Place& place, const Picked& picked,
                  const AddOption& add_option) {
  const auto path_of = [&](int option) { return path + '.' + place.options.at(static_cast<std::size_t>(option)); };
  if (picked.option) {
    return add_option(picked.paths == OptionPaths::of_place ? path : path_of(*picked.option), *picked.option);
  }
  std::vector<NodeId> mixture;
  std::vector<int> options = picked.kept;
  if (options.empty()) {
    options.resize(place.options.size());
    std::iota(options.begin(), options.end(), 0);
  }
  for (const int option : options) mixture.push_back(add_option(path_of(option), option));
  return graph.add(path, op::Sum{.coefficients = op::Sum::Coefficients::architecture, .architecture = place.name},
                   std::move(mixture));
}

NodeId add_partial_choice(Graph& graph, const std::string& path, const Place& place, const Picked& picked, int part,
                          NodeId from, const AddOptionOn& add_option,
                          const std::function<NodeId(NodeId others)>& pass_by) {
  const int channels = graph.node(from).shape.channels;
  const int through = channels / part;
  const NodeId in = part == 1 ? from : graph.add(path + ".in", op::Slice{.first = 0, .count = through}, {from});
  const NodeId out = add_choice(graph, path, place, picked, [&](const std::string& option_path, int option) {
    return add_option(option_path, in, option);
  });
  if (part == 1) return out;
  const NodeId others = graph.add(path + ".by", op::Slice{.first = through, .count = channels - through}, {from});
  const NodeId all = graph.add(path + ".all", op::Concat{}, {out, pass_by(others)});
  return graph.add(path + ".shuffled", op::Shuffle{.groups = part}, {all});
}

}  // namespace tse
