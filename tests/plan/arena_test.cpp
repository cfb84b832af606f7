#include "tse/plan/arena.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "support/random_graph.h"
#include "tse/space/passes.h"

namespace tse::plan {
namespace {

bool meet(const Stay& a, const Stay& b) { return a.first <= b.last && b.first <= a.last; }

/// What must hold of any arena, whatever the algorithm: everything is aligned, inside, and apart from what is there at
/// the same time; and it is no smaller than what is there at any one time, no larger than everything side by side.
void check(const std::vector<Stay>& stays, const std::vector<std::size_t>& offsets, std::size_t bytes,
           std::size_t alignment) {
  std::size_t sum = 0;
  for (std::size_t a = 0; a < stays.size(); ++a) {
    EXPECT_EQ(offsets[a] % alignment, 0U);
    EXPECT_LE(offsets[a] + stays[a].bytes, bytes);
    sum += (stays[a].bytes + alignment - 1) / alignment * alignment;
    std::size_t live = 0;  // when a begins: the most is reached at some beginning
    for (std::size_t b = 0; b < stays.size(); ++b) {
      if (stays[b].first <= stays[a].first && stays[a].first <= stays[b].last) live += stays[b].bytes;
      if (a == b || !meet(stays[a], stays[b]) || stays[a].bytes == 0 || stays[b].bytes == 0) continue;
      EXPECT_TRUE(offsets[a] + stays[a].bytes <= offsets[b] || offsets[b] + stays[b].bytes <= offsets[a])
          << a << " and " << b;
    }
    EXPECT_GE(bytes, live);
  }
  EXPECT_LE(bytes, sum);
}

TEST(Arena, PlacesRandomStaysApart) {
  Stream random(4);
  for (int round = 0; round < 500; ++round) {
    std::vector<Stay> stays(random.below(20));
    for (Stay& stay : stays) {
      stay.bytes = random.below(200);
      stay.first = {.pass = between(random, -1, 5), .step = between(random, 0, 3)};
      stay.last = {.pass = between(random, stay.first.pass, 6), .step = between(random, 0, 3)};
      if (stay.last < stay.first) std::swap(stay.first, stay.last);
    }
    const std::size_t alignment = std::size_t{1} << random.below(8);
    const Arena arena = place(stays, alignment);
    check(stays, arena.offsets, arena.bytes, alignment);
  }
}

TEST(Arena, TakesTheLowestPlaceThatIsFree) {
  const std::vector<Stay> stays = {{.bytes = 10, .first = {0, 0}, .last = {1, 0}},  // at 0
                                   {.bytes = 20, .first = {0, 0}, .last = {3, 0}},  // above it
                                   {.bytes = 16, .first = {2, 0}, .last = {2, 5}},  // where the first was
                                   {.bytes = 17, .first = {2, 0}, .last = {2, 5}},  // too large for the gap
                                   {.bytes = 0, .first = {0, 0}, .last = {3, 0}},   // nothing
                                   {.bytes = 1, .first = {3, 1}, .last = {4, 0}}};  // all but the last are gone
  const Arena arena = place(stays, 16);
  EXPECT_EQ(arena.offsets, (std::vector<std::size_t>{0, 16, 0, 48, 0, 0}));
  EXPECT_EQ(arena.bytes, 80U);
}

/// When each value is touched first and last, by the plan's own steps.
std::vector<Stay> stays_of(const Plan& plan, std::size_t images, Order order) {
  std::vector<Stay> stays(plan.values.size(), {.bytes = 0, .first = {1 << 20, 0}, .last = {-2, 0}});
  const auto touch = [&](ValueId id, Moment now) {
    if (id == kNone) return;
    Stay& stay = stays[static_cast<std::size_t>(id)];
    stay = {.bytes = plan.value(id).image_bytes() * images,
            .first = std::min(stay.first, order == Order::passes ? Moment{.pass = now.pass} : now),
            .last = std::max(stay.last, order == Order::passes ? Moment{.pass = now.pass, .step = 1 << 20} : now)};
  };
  for (int pass = 0; pass < static_cast<int>(plan.passes.size()); ++pass) {
    int number = 0;
    for (const Step& step : plan.passes[static_cast<std::size_t>(pass)].steps) {
      const Touched ids = touched(step);
      for (const auto* list : {&ids.reads, &ids.writes}) {
        for (const ValueId id : *list) touch(id, {.pass = pass, .step = number});
      }
      ++number;
    }
  }
  // the caller's: it writes the images first, and reads the logits while it writes their gradient
  touch(plan.images, {.pass = -1});
  for (const ValueId id : {plan.logits, plan.logits_gradient}) touch(id, {.pass = plan.forward_passes});
  return stays;
}

TEST(Arena, OfAPlanHoldsEveryValueWhileItIsAlive) {
  Stream random(5);
  for (int round = 0; round < 400; ++round) {
    const Graph graph = simplified(random_graph(random, round % 2 == 0));
    if (!can_plan(graph)) continue;
    const Plan plan = make_plan(graph, {.storage = Storage::bf16, .training = round % 3 != 0});
    const std::size_t alignment = round % 5 == 0 ? 1 : 64;
    for (const Order order : {Order::steps, Order::passes}) {
      const auto bytes = [](const Value& value) { return value.image_bytes() * 3; };
      const Arena arena = allocate(plan, bytes, alignment, order);
      check(stays_of(plan, 3, order), arena.offsets, arena.bytes, alignment);
      if (HasFailure()) FAIL() << "graph " << round << '\n' << to_text(graph);
    }
  }
}

TEST(Arena, OfStepsInOrderIsNoLargerThanOfPasses) {
  Stream random(6);
  std::size_t steps = 0;
  std::size_t passes = 0;
  for (int round = 0; round < 100; ++round) {
    const Graph graph = simplified(random_graph(random, true));
    const Plan plan = make_plan(graph, {});
    const auto bytes = [](const Value& value) { return value.image_bytes(); };
    steps += allocate(plan, bytes, 64, Order::steps).bytes;
    passes += allocate(plan, bytes, 64, Order::passes).bytes;
  }
  EXPECT_LT(steps, passes);
}

}  // namespace
}  // namespace tse::plan
