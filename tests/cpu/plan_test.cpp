#include "cpu/plan.h"

#include <gtest/gtest.h>

#include <variant>

#include "tse/base/random.h"
#include "tse/space/passes.h"
#include "tse/space/space.h"

namespace tse::cpu {
namespace {

Graph random_cell(Stream& stream) {
  const auto space = make_space("nb201:channels=4,cells=2");
  const Task task{.input = {.channels = 3, .height = 16, .width = 16}, .classes = 10};
  return simplified(space->lower(space->sample(stream), task));
}

struct Touch {
  int pass, step;
  ValueId value;
};

/// Every read and write of the plan, in order.
std::vector<Touch> touches(const Plan& plan) {
  std::vector<Touch> list;
  int number = 0;
  for (const auto* passes : {&plan.forward, &plan.backward}) {
    for (const Pass& pass : *passes) {
      for (std::size_t i = 0; i < pass.steps.size(); ++i) {
        const auto add = [&, step = static_cast<int>(i)](std::initializer_list<ValueId> ids) {
          for (const ValueId id : ids) {
            if (id != kNone) list.push_back({number, step, id});
          }
        };
        std::visit(
            [&](const auto& step) {
              using S = std::decay_t<decltype(step)>;
              if constexpr (std::is_same_v<S, Combine>) {
                for (const PlannedTerm& term : step.terms) add({term.x, term.mask});
                add({step.sum, step.relu});
              } else if constexpr (std::is_same_v<S, Convolve> || std::is_same_v<S, Multiply> ||
                                   std::is_same_v<S, Maximum>) {
                add({step.x, step.y});
              } else if constexpr (std::is_same_v<S, ConvolveBack> || std::is_same_v<S, MultiplyBack>) {
                add({step.x, step.dy, step.dx});
              } else if constexpr (std::is_same_v<S, MaximumBack>) {
                add({step.x, step.y, step.dy, step.dx});
              } else if constexpr (std::is_same_v<S, Weigh>) {
                add({step.g, step.x});
              } else if constexpr (std::is_same_v<S, Average> || std::is_same_v<S, GlobalAverage> ||
                                   std::is_same_v<S, Move> || std::is_same_v<S, Drop>) {
                add({step.from, step.to});
              } else if constexpr (std::is_same_v<S, Moments>) {
                add({step.y});
              } else {
                add({step.g, step.y});
              }
            },
            pass.steps[i]);
      }
      ++number;
    }
  }
  return list;
}

bool overlap(std::size_t a, std::size_t a_size, std::size_t b, std::size_t b_size) {
  return a < b + b_size && b < a + a_size;
}

TEST(Plan, ValuesThatAreAliveTogetherShareNoMemory) {
  Stream stream(1);
  for (int round = 0; round < 30; ++round) {
    const bool training = round % 3 != 0;
    const Plan plan = make_plan(random_cell(stream), round % 2 == 0 ? Storage::fp32 : Storage::bf16, 6, training);
    // when each value is first and last touched, by the plan's own steps
    std::vector<std::pair<int, int>> life(plan.values.size(), {1 << 30, -1});
    std::vector<int> pass_of(plan.values.size(), -1);
    for (const Touch& t : touches(plan)) {
      const auto v = static_cast<std::size_t>(t.value);
      const int clock = t.pass * 10000 + t.step;
      const bool whole = plan.values[v].whole();
      // other blocks of the pass are at other steps, so what is whole is alive for all of its pass
      life[v].first = std::min(life[v].first, whole ? t.pass * 10000 : clock);
      life[v].second = std::max(life[v].second, whole ? t.pass * 10000 + 9999 : clock);
      if (!whole) {
        EXPECT_TRUE(pass_of[v] == -1 || pass_of[v] == t.pass) << "scratch memory is read by another pass";
        pass_of[v] = t.pass;
      }
    }
    for (std::size_t a = 0; a < plan.values.size(); ++a) {
      for (std::size_t b = a + 1; b < plan.values.size(); ++b) {
        const Value& va = plan.values[a];
        const Value& vb = plan.values[b];
        if (va.whole() != vb.whole() || (!va.whole() && pass_of[a] != pass_of[b])) continue;
        if (life[a].second < life[b].first || life[b].second < life[a].first) continue;
        const int images = va.whole() ? plan.batch : 1;
        const auto size = [&](const Value& v) { return v.image_bytes() * static_cast<std::size_t>(images); };
        EXPECT_FALSE(overlap(va.offset, size(va), vb.offset, size(vb))) << a << " and " << b;
      }
    }
  }
}

TEST(Plan, EverythingIsInsideTheMemory) {
  Stream stream(2);
  for (int round = 0; round < 20; ++round) {
    const Plan plan = make_plan(random_cell(stream), Storage::bf16, 5, true);
    for (const Value& value : plan.values) {
      if (!value.whole()) continue;
      EXPECT_LE(value.offset + value.image_bytes() * 5, plan.arena);
    }
  }
}

TEST(Plan, EvaluationKeepsNothingButItsInputAndOutput) {
  Stream stream(3);
  const Plan plan = make_plan(random_cell(stream), Storage::fp32, 100, false);
  EXPECT_EQ(plan.forward.size(), 1U);
  EXPECT_TRUE(plan.backward.empty());
  int whole = 0;
  for (const Value& value : plan.values) whole += value.whole() ? 1 : 0;
  EXPECT_EQ(whole, 2);
}

TEST(Plan, KeepsLessThanOneTensorPerActivationAndGradient) {
  const auto space = make_space("nb201");
  const Graph graph =
      simplified(space->lower(space->parse("|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_"
                                           "3x3~1|nor_conv_3x3~2|"),
                              {.input = {.channels = 3, .height = 32, .width = 32}, .classes = 10}));
  const Plan plan = make_plan(graph, Storage::fp32, 128, true);
  std::size_t eager = 0;  // one tensor per node and one for its gradient
  for (const Node& node : graph.nodes()) eager += 2 * static_cast<std::size_t>(node.shape.elements()) * 4 * 128;
  EXPECT_LT(plan.arena, eager / 3);
}

}  // namespace
}  // namespace tse::cpu
