#include "tse/plan/step.h"

#include <initializer_list>

namespace tse::plan {
namespace {

struct Touch {
  Touched& all;

  static void add(std::vector<ValueId>& list, std::initializer_list<ValueId> ids) {
    for (const ValueId id : ids) {
      if (id != kNone) list.push_back(id);
    }
  }
  void reads(std::initializer_list<ValueId> ids) const { add(all.reads, ids); }
  void writes(std::initializer_list<ValueId> ids) const { add(all.writes, ids); }

  void operator()(const Combine& step) const {
    for (const Term& term : step.terms) reads({term.x, term.mask});
    writes({step.sum, step.relu});
  }
  void operator()(const Convolve& step) const { reads({step.x}), writes({step.y}); }
  void operator()(const ConvolveBack& step) const { reads({step.x, step.dy}), writes({step.dx}); }
  void operator()(const Average& step) const { reads({step.from}), writes({step.to}); }
  void operator()(const Maximum& step) const { reads({step.x}), writes({step.y}); }
  void operator()(const MaximumBack& step) const { reads({step.x, step.y, step.dy}), writes({step.dx}); }
  void operator()(const Move& step) const { reads({step.from}), writes({step.to}); }
  void operator()(const Drop& step) const { reads({step.from}), writes({step.to}); }
  void operator()(const GlobalAverage& step) const { reads({step.from}), writes({step.to}); }
  void operator()(const Multiply& step) const { reads({step.x}), writes({step.y}); }
  void operator()(const MultiplyBack& step) const { reads({step.x, step.dy}), writes({step.dx}); }
  void operator()(const Moments& step) const { reads({step.y}); }
  void operator()(const Reduce& step) const { reads({step.g, step.y}); }
  void operator()(const Weigh& step) const { reads({step.g, step.x}); }
};

}  // namespace

Touched touched(const Step& step) {
  Touched all;
  std::visit(Touch{all}, step);
  return all;
}

}  // namespace tse::plan
