#include "lives.h"

#include <vector>

namespace tse::plan {
namespace {

/// The moment after a pass's last step.
Moment after(const Plan& plan, int pass) {
  return {.pass = pass,
          .step = pass < 0 ? 0 : static_cast<int>(plan.passes[static_cast<std::size_t>(pass)].steps.size())};
}

}  // namespace

void set_lives(Plan& plan) {
  std::vector<bool> alive(plan.values.size(), false);
  const auto touch = [&](ValueId id, Moment now) {
    const auto index = static_cast<std::size_t>(id);
    Value& value = plan.values[index];
    if (!alive[index]) value.born = now;
    alive[index] = true;
    value.dies = now;
  };
  const auto run = [&](int first, int last) {
    for (int pass = first; pass < last; ++pass) {
      Moment now{.pass = pass, .step = 0};
      for (const Step& step : plan.passes[static_cast<std::size_t>(pass)].steps) {
        const Touched ids = touched(step);
        for (const ValueId id : ids.reads) touch(id, now);
        for (const ValueId id : ids.writes) touch(id, now);
        ++now.step;
      }
    }
  };
  // the caller's are whole, whether or not a step reads them
  const Moment backward{.pass = plan.forward_passes, .step = 0};
  touch(plan.images, {.pass = -1, .step = 0});
  touch(plan.images, {.pass = 0, .step = 0});
  run(0, plan.forward_passes);
  touch(plan.logits, backward);
  if (plan.logits_gradient != kNone) {
    touch(plan.logits_gradient, after(plan, plan.forward_passes - 1));
    touch(plan.logits_gradient, backward);
  }
  run(plan.forward_passes, static_cast<int>(plan.passes.size()));
}

}  // namespace tse::plan
