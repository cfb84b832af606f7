#include "tse/plan/plan.h"

#include <gtest/gtest.h>

#include <map>
#include <variant>

#include "support/expect_error.h"
#include "support/random_graph.h"
#include "tse/plan/arena.h"
#include "tse/space/passes.h"
#include "tse/space/space.h"

namespace tse::plan {
namespace {

Graph random_cell(Stream& stream) {
  const auto space = make_space("nb201:channels=4,cells=2");
  const Task task{.input = {.channels = 3, .height = 16, .width = 16}, .classes = 10};
  return simplified(space->lower(space->sample(stream), task));
}

class RandomPlans : public testing::TestWithParam<bool> {
 protected:
  /// Calls `check(graph, plan)` for random graphs that can be planned, in training and in evaluation.
  template <class Check>
  void each(const Check& check) const {
    Stream random(23);
    int planned = 0;
    for (int i = 0; i < 600; ++i) {
      const Graph graph = simplified(random_graph(random, GetParam()));
      if (!can_plan(graph)) continue;
      ++planned;
      const Storage storage = i % 2 == 0 ? Storage::fp32 : Storage::bf16;
      check(graph, make_plan(graph, {.storage = storage, .training = i % 3 != 0}));
      if (HasFailure()) FAIL() << "graph " << i << '\n' << to_text(graph);
    }
    EXPECT_GE(planned, 300);
  }
};

/// The channels of a value that a step writes.
int channels_written(const Plan& plan, const Step& step, ValueId id) {
  const auto* move = std::get_if<Move>(&step);
  return move == nullptr || move->places.clear ? plan.value(id).shape.channels : move->places.channels;
}

TEST_P(RandomPlans, WriteEachValueOnceAndBeforeItIsRead) {
  each([](const Graph&, const Plan& plan) {
    std::map<ValueId, int> written = {{plan.images, plan.value(plan.images).shape.channels}};
    const auto complete = [&](ValueId id) { return written[id] == plan.value(id).shape.channels; };
    int number = 0;
    for (const Pass& pass : plan.passes) {
      if (number++ == plan.forward_passes) {
        EXPECT_TRUE(complete(plan.logits));
        written[plan.logits_gradient] = plan.value(plan.logits_gradient).shape.channels;
      }
      for (const Step& step : pass.steps) {
        const Touched ids = touched(step);
        for (const ValueId id : ids.reads) EXPECT_TRUE(complete(id)) << "value " << id << " in pass " << number - 1;
        for (const ValueId id : ids.writes) {
          EXPECT_FALSE(complete(id)) << "value " << id << " in pass " << number - 1;
          written[id] += channels_written(plan, step, id);
        }
      }
    }
    for (ValueId id = 0; id < static_cast<ValueId>(plan.values.size()); ++id) EXPECT_TRUE(complete(id)) << id;
  });
}

TEST_P(RandomPlans, EndAPassWhereTheNextNeedsItsStatistics) {
  each([](const Graph&, const Plan& plan) {
    std::map<int, int> moments, reductions;  // of a norm: the pass after which they are complete
    for (int pass = 0; pass < static_cast<int>(plan.passes.size()); ++pass) {
      auto& complete = pass < plan.forward_passes ? moments : reductions;
      for (const int norm : plan.passes[static_cast<std::size_t>(pass)].norms) complete[norm] = pass;
      for (const Step& step : plan.passes[static_cast<std::size_t>(pass)].steps) {
        const auto* reduce = std::get_if<Reduce>(&step);
        EXPECT_TRUE(reduce == nullptr || moments.contains(reduce->norm));
        const auto* combine = std::get_if<Combine>(&step);
        if (combine == nullptr) continue;
        for (const Term& term : combine->terms) {
          if (term.norm == kNone) continue;
          const bool tracks = plan.norms[static_cast<std::size_t>(term.norm)].op.track;
          if (plan.training || !tracks) {
            ASSERT_TRUE(moments.contains(term.norm));
            EXPECT_LT(moments.at(term.norm), pass);
          }
          if (term.scale == PerChannel::scale) continue;
          ASSERT_TRUE(reductions.contains(term.norm));
          EXPECT_LT(reductions.at(term.norm), pass);
        }
      }
    }
  });
}

TEST_P(RandomPlans, KeepWholeWhatAnotherPassReads) {
  each([](const Graph&, const Plan& plan) {
    std::map<ValueId, int> writer = {{plan.images, -1}, {plan.logits_gradient, plan.forward_passes - 1}};
    int number = 0;
    for (const Pass& pass : plan.passes) {
      for (const Step& step : pass.steps) {
        for (const ValueId id : touched(step).writes) writer[id] = number;
        for (const ValueId id : touched(step).reads) {
          EXPECT_TRUE(writer.at(id) == number || plan.value(id).whole()) << "value " << id << " in pass " << number;
        }
      }
      ++number;
    }
    EXPECT_TRUE(plan.value(plan.images).whole());
    EXPECT_TRUE(plan.value(plan.logits).whole());
    EXPECT_TRUE(!plan.training || plan.value(plan.logits_gradient).whole());
  });
}

TEST_P(RandomPlans, AreTheSameForTheSameGraph) {
  each([](const Graph& graph, const Plan& plan) {
    const PlanOptions options{.storage = plan.value(plan.images).storage, .training = plan.training};
    EXPECT_EQ(make_plan(Graph(graph), options), plan);
  });
}

TEST_P(RandomPlans, HaveOneStorageForAllThatAStepTouches) {
  each([](const Graph&, const Plan& plan) {
    EXPECT_EQ(plan.value(plan.logits).storage, Storage::fp32);
    for (const Pass& pass : plan.passes) {
      for (const Step& step : pass.steps) {
        if (const auto* average = std::get_if<GlobalAverage>(&step)) {  // from the one to the other
          EXPECT_EQ(plan.value(average->gradient ? average->from : average->to).storage, Storage::fp32);
          continue;
        }
        Touched ids = touched(step);
        ids.reads.insert(ids.reads.end(), ids.writes.begin(), ids.writes.end());
        for (const ValueId id : ids.reads) EXPECT_EQ(plan.value(id).storage, plan.value(ids.reads[0]).storage);
      }
    }
  });
}

INSTANTIATE_TEST_SUITE_P(AllOps, RandomPlans, testing::Values(false));
INSTANTIATE_TEST_SUITE_P(PlainOps, RandomPlans, testing::Values(true));

TEST(Plan, EvaluationKeepsNothingButItsInputAndOutput) {
  Stream stream(3);
  const Plan plan = make_plan(random_cell(stream), {.training = false});
  EXPECT_EQ(plan.forward().size(), 1U);
  EXPECT_TRUE(plan.backward().empty());
  int whole = 0;
  for (const Value& value : plan.values) whole += value.whole() ? 1 : 0;
  EXPECT_EQ(whole, 2);
}

TEST(Plan, TheCallersValuesAreWholeThoughNoStepReadsThem) {
  Graph graph;
  graph.add_input({.channels = 2, .height = 1, .width = 1});
  graph.add("pool", op::GlobalAvgPool{}, {0});
  const Plan plan = make_plan(graph, {.training = true});  // nothing in it learns
  EXPECT_TRUE(plan.backward().empty());
  for (const ValueId id : {plan.images, plan.logits, plan.logits_gradient}) EXPECT_TRUE(plan.value(id).whole()) << id;
}

TEST(Plan, RefusesASumOfWhatHasTwoStorages) {
  Graph graph;
  graph.add_input({.channels = 2, .height = 1, .width = 1});
  graph.add("pool", op::GlobalAvgPool{}, {0});
  graph.add("both", op::Sum{}, {0, 1});
  EXPECT_FALSE(can_plan(graph));
  EXPECT_EQ(message_of<UsageError>([&] { make_plan(graph, {}); }),
            "[both] expected all inputs behind a global average or a linear layer, or none; got both");
}

TEST(Plan, KeepsLessThanOneTensorPerActivationAndGradient) {
  const auto space = make_space("nb201");
  const Graph graph =
      simplified(space->lower(space->parse("|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_"
                                           "3x3~1|nor_conv_3x3~2|"),
                              {.input = {.channels = 3, .height = 32, .width = 32}, .classes = 10}));
  const Plan plan = make_plan(graph, {});
  const auto whole = [](const Value& value) { return value.whole() ? value.image_bytes() : 0; };
  std::size_t eager = 0;  // one tensor per node and one for its gradient
  for (const Node& node : graph.nodes()) eager += 2 * static_cast<std::size_t>(node.shape.elements()) * 4;
  EXPECT_LT(allocate(plan, whole, 1, Order::passes).bytes, eager / 3);
}

}  // namespace
}  // namespace tse::plan
