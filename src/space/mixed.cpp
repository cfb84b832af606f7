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

}  // namespace tse
