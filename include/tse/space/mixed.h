#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tse/space/choices.h"
#include "tse/space/graph.h"
#include "tse/space/norms.h"

namespace tse {

/// The paths of the nodes of an option that is built alone; a mixture has them of_option.
enum class OptionPaths {
  of_place,   // "stage1.cell1.edge_1_0.conv": short; different options may take one name for different weights
  of_option,  // "stage1.cell1.edge_1_0.nor_conv_3x3.conv": each option has its own, so all can share one store
};

/// What a lowering builds at one place: an option alone, or, where none is picked, the mixture of all.
struct Picked {
  std::optional<int> option;
  OptionPaths paths = OptionPaths::of_option;
  std::vector<int> kept = {};  // in the mixture, ascending; none: all
};

/// The same for all places of a space. One lowering serves the network of an architecture, the same network as a part
/// of the super-network, and the mixture of all architectures.
struct PickedPlaces {
  std::vector<Picks> picks;  // none: all options everywhere; one of all cells, or one for each
  OptionPaths paths = OptionPaths::of_option;
  Norms norms = Norms::own;
  int part = 1;                             // of a mixture, as Mixture::part
  std::vector<std::vector<int>> kept = {};  // of a mixture, as Mixture::kept

  /// In the cell of this number, from 0.
  Picked at(std::size_t place, std::size_t cell = 0) const {
    if (picks.empty())
      return {.option = std::nullopt, .paths = paths, .kept = kept.empty() ? std::vector<int>() : kept.at(place)};
    return {.option = picks[picks.size() > 1 ? cell : 0].at(place), .paths = paths};
  }
};

/// Appends an option's nodes, named by `path` and what follows it, and returns the node that holds its result.
using AddOption = std::function<NodeId(const std::string& path, int option)>;

/// Builds what is picked at a place and returns the node that holds it. The mixture is the node `path`: the sum of all
/// options that stay, in their order, each times its coefficient among the architecture weights of the place's name
/// (`op::Sum`). The same place at several paths of a graph has the same weights. An option that is zeros stays a term,
/// so it takes its share of a softmax; it adds nothing, and the gradient of its own coefficient is zero.
NodeId add_choice(Graph& graph, const std::string& path, const Place& place, const Picked& picked,
                  const AddOption& add_option);

/// Appends an option's nodes on `in`, as AddOption does.
using AddOptionOn = std::function<NodeId(const std::string& path, NodeId in, int option)>;

/// The same where only the first one in `part` of the channels of `from` goes through what is picked; the others pass
/// by, in the way that `pass_by` gives them the shape of the result, and all are shuffled (partial channels: Xu et al.
/// 2020, arXiv 1907.05737, as in DrNAS, Chen et al. 2021, arXiv 2006.10355). With a part of 1 all go through.
NodeId add_partial_choice(Graph& graph, const std::string& path, const Place& place, const Picked& picked, int part,
                          NodeId from, const AddOptionOn& add_option,
                          const std::function<NodeId(NodeId others)>& pass_by);

}  // namespace tse
