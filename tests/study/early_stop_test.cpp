// Trainings that end early: racing changes nothing of the best, successive halving lets one in so many go on.
#include "tse/study/early_stop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tse/base/missing.h"
#include "tse/estimate/estimator.h"
#include "tse/estimate/race.h"
#include "tse/space/space.h"
#include "tse/store/memory.h"
#include "tse/study/growth.h"

namespace tse {
namespace {

constexpr int kEpochs = 6;
constexpr int kSteps = 7;  // of an epoch

/// A training that depends on its job's seed alone: losses that fall from somewhere to somewhere, with noise.
std::vector<double> losses_of(const Job& job) {
  Stream random(job.seed);
  const double end = 0.1 + random.unit();
  const double speed = 0.2 + random.unit();
  std::vector<double> losses;
  for (int i = 0; i < kEpochs * kSteps; ++i)
    losses.push_back((end + 2 * std::exp(-speed * i / kSteps)) * (0.9 + 0.2 * random.unit()));
  return losses;
}

/// As the engine trains: the verdict is asked after every step.
Trace train_simulated(const Job& job) {
  Trace trace{.status = TraceStatus::running, .train_images = kSteps * 10 - 3, .batch = 10};
  const auto verdict = verdict_of(job);
  for (const double loss : losses_of(job)) {
    if (const auto reason = verdict ? verdict(trace) : std::nullopt) {
      trace.status = TraceStatus::stopped;
      trace.reason = *reason;
      return trace;
    }
    trace.step_loss.push_back(loss);
  }
  trace.status = TraceStatus::ok;
  return trace;
}

Plan plan_of(const std::string& estimator, int trials, std::uint64_t seed) {
  Plan plan{.verb = "search",
            .space = "nb201:channels=4,cells=1",
            .data = "synthetic:size=8",
            .recipe = "nb201",
            .seed = seed,
            .budget = {.epochs = kEpochs},
            .engine = {},
            .estimators = {estimator},
            .truth = nullptr,
            .command_line = {},
            .manifest = nullptr};
  plan.search = SearchPlan{.algo = "random",
                           .budget = std::to_string(trials) + "trials",
                           .objectives = {estimator},
                           .window = 4,
                           .reuse = false};
  return plan;
}

/// Runs the search with workers that end in a random order.
std::vector<Trial> run_plan(const Plan& plan, int workers) {
  const auto store = make_memory_study(to_json(plan), {});
  const auto estimator = make_estimator(plan.search->objectives.front());
  const auto score = [&](const Trial& trial) {
    return std::vector<double>{estimator->score(trial.trace, trial.job.budget.epochs)};
  };
  Growth growth(*store, plan,
                {.domain = Domain(make_space(plan.space)), .scores = score, .ahead = 8, .elapsed = [] { return 0.0; }});
  Stream random(plan.seed + static_cast<std::uint64_t>(workers));
  std::vector<Claim> held;
  for (;;) {
    const bool more = growth.grow();
    while (std::cmp_less(held.size(), workers)) {
      auto claim = store->claim(self(), 60);
      if (!claim) break;
      held.push_back(*claim);
    }
    if (held.empty() && !more) return store->trials(true);
    const auto one = held.begin() + static_cast<std::ptrdiff_t>(random.below(held.size()));
    store->finish(one->lease, train_simulated(one->job));
    held.erase(one);
  }
}

/// Numbers of the best, the earlier first among equals.
std::vector<int> best_of(const std::vector<Trial>& trials, const std::string& estimator, std::size_t k) {
  std::vector<std::pair<double, int>> scored;
  for (const Trial& trial : trials) {
    const double score = make_estimator(estimator)->score(trial.trace, kEpochs);
    if (!std::isnan(score)) scored.emplace_back(-score, trial.job.number);
  }
  std::ranges::sort(scored);
  std::vector<int> numbers;
  for (std::size_t i = 0; i < std::min(k, scored.size()); ++i) numbers.push_back(scored[i].second);
  return numbers;
}

std::size_t steps_of(const std::vector<Trial>& trials) {
  std::size_t steps = 0;
  for (const Trial& trial : trials) steps += trial.trace.step_loss.size();
  return steps;
}

class Racing : public testing::TestWithParam<std::string> {};

TEST_P(Racing, LeavesTheBestAsTheyAre) {
  std::size_t saved = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Plan plan = plan_of(GetParam(), 40, seed);
    const std::vector<Trial> calm = run_plan(plan, 1);
    plan.search->race = 1 + static_cast<int>(seed % 5);
    const std::vector<Trial> raced = run_plan(plan, 1 + static_cast<int>(seed % 4));
    const auto k = static_cast<std::size_t>(plan.search->race);
    EXPECT_EQ(best_of(raced, GetParam(), k), best_of(calm, GetParam(), k)) << seed;
    saved += steps_of(calm) - steps_of(raced);
    for (const Trial& trial : raced) {  // what was trained was trained alike
      const std::vector<double>& whole = calm[static_cast<std::size_t>(trial.job.number)].trace.step_loss;
      EXPECT_TRUE(std::equal(trial.trace.step_loss.begin(), trial.trace.step_loss.end(), whole.begin()));
    }
  }
  EXPECT_GT(saved, 0U);
}

INSTANTIATE_TEST_SUITE_P(Sums, Racing,
                         testing::Values("tse", "tse-e", "tse-e:epochs=3", "tse-e:steps=5", "tse-ema", "tse-ema-paper",
                                         "tse-ema-naslib"),
                         [](const auto& name) {
                           std::string text = name.param;
                           std::ranges::replace_if(text, [](char c) { return std::isalnum(c) == 0; }, '_');
                           return text;
                         });

TEST(BestPossibleScore, FallsToTheScoreItself) {
  for (const char* name : {"tse", "tse-e", "tse-e:epochs=3", "tse-e:epochs=0.5", "tse-e:steps=4", "tse-ema",
                           "tse-ema-paper", "tse-ema-naslib"}) {
    const auto estimator = make_estimator(name);
    ASSERT_TRUE(can_race(*estimator)) << name;
    Job job;
    job.seed = 5;
    Trace trace{.status = TraceStatus::running, .train_images = kSteps * 10 - 3, .batch = 10};
    double before = std::numeric_limits<double>::infinity();
    for (const double loss : losses_of(job)) {
      trace.step_loss.push_back(loss);
      const double bound = best_possible_score(*estimator, trace, kEpochs);
      EXPECT_LE(bound, before) << name;
      before = bound;
    }
    trace.status = TraceStatus::ok;
    const double score = estimator->score(trace, kEpochs);
    EXPECT_TRUE(std::isnan(score) || before == score) << name;  // a first part of the next epoch is never there
  }
  EXPECT_FALSE(can_race(*make_estimator("valid-accuracy")));
  EXPECT_FALSE(can_race(*make_estimator("params")));
}

TEST(SuccessiveHalving, IsTheSameForAnyWorkersAndSaves) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    Plan plan = plan_of("tse-e", 60, seed);
    const std::size_t all = steps_of(run_plan(plan, 1));
    plan.search->halving = 2;
    const std::vector<Trial> one = run_plan(plan, 1);
    EXPECT_EQ(run_plan(plan, 4), one) << seed;
    EXPECT_LT(steps_of(one), all * 3 / 4);
    const auto stopped = [](const Trial& trial) { return trial.trace.status == TraceStatus::stopped; };
    EXPECT_GT(std::ranges::count_if(one, stopped), 20) << seed;
    for (const Trial& trial : one) {  // only at a rung, and only where it is below what goes on there
      if (!stopped(trial)) continue;
      const int epoch = epochs(trial.trace);
      EXPECT_EQ(trial.trace.step_loss.size() % kSteps, 0U);
      const auto& rungs = trial.job.early_stop->rungs;
      const auto rung = std::ranges::find(rungs, epoch, &EarlyStop::Rung::epochs);
      ASSERT_NE(rung, rungs.end());
      EXPECT_LT(make_estimator("tse-e")->score(trial.trace, epoch), rung->least);
    }
  }
}

}  // namespace
}  // namespace tse
