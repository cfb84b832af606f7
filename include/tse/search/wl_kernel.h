#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tse/space/space.h"

namespace tse {

/// The live part of a drawing as a graph whose nodes are what happens: `input`, `output`, and a node for each operation
/// that lies on a path between them. Where one operation's end is another's beginning, an arrow leads to the latter.
struct OperationGraph {
  std::vector<std::string> labels;
  std::vector<std::vector<int>> sources;  // of each node: those with an arrow to it, with multiplicity

  bool operator==(const OperationGraph&) const = default;
};

OperationGraph operation_graph(const Drawing& drawing);

/// The Weisfeiler-Lehman subtree features of a graph (Shervashidze et al. 2011): at level 0 how often each label
/// occurs, at level l+1 how often each label with the sorted multiset of its sources' labels of level l. By level,
/// sorted by label number.
using WlFeatures = std::vector<std::vector<std::pair<int, int>>>;

/// Numbers labels as they come, so that features of one dictionary can be compared.
class WlDictionary {
 public:
  /// Levels 0 to `levels`.
  WlFeatures features(const OperationGraph& graph, int levels);

 private:
  int number_of(const std::string& label);

  std::map<std::string, int> numbers_;
};

/// The inner product of the counts of one level.
double wl_product(const WlFeatures& a, const WlFeatures& b, int level);

}  // namespace tse
