// A study of one-shot search: the same trials whatever ends first, candidates behind their super-networks.
#include "tse/study/one_shot.h"

#include <gtest/gtest.h>

#include "tse/base/error.h"
#include "tse/base/random.h"
#include "tse/space/space.h"
#include "tse/store/memory.h"
#include "tse/study/growth.h"

namespace tse {
namespace {

Plan one_shot_plan() {
  Plan plan{.verb = "oneshot",
            .space = "nb201:channels=4,cells=1",
            .data = "synthetic:size=8",
            .recipe = "oneshot:schedule_epochs=9",
            .seed = 5,
            .budget = {.epochs = 3, .valid_every = 1},
            .engine = {},
            .estimators = {"tse"},
            .truth = nullptr,
            .command_line = {},
            .manifest = nullptr};
  plan.one_shot = OneShotPlan{.sampler = "fair", .supernets = 3, .epochs = 9, .batches = {10, 20, 30}, .archs = {}};
  for (const Arch& arch : sample_unique(*make_space(plan.space), 4, 1)) plan.one_shot->archs.push_back(arch.text);
  return plan;
}

/// Workers that end in a random order. Super-network `broken` diverges.
std::vector<Trial> run_plan(const Plan& plan, std::uint64_t seed, int workers, int broken = -1) {
  const auto store = make_memory_study(to_json(plan), supernet_jobs(plan));
  Stream random(seed);
  std::vector<Claim> held;
  bool grows = true;
  while (grows || store->unfinished() > 0) {
    grows = grow_one_shot(*store, plan);
    while (std::cmp_less(held.size(), workers)) {
      auto claim = store->claim(self(), 60);
      if (!claim) break;
      held.push_back(std::move(*claim));
    }
    if (held.empty()) continue;
    const std::size_t i = random.below(held.size());
    const Job& job = held[i].job;
    if (!job.one_shot->is_supernet()) {  // its super-network is there
      EXPECT_EQ(store->trial(*job.one_shot->supernet).state, TrialState::finished);
    }
    const bool breaks = job.number == broken;
    EXPECT_TRUE(store->finish(held[i].lease, {.status = breaks ? TraceStatus::diverged : TraceStatus::ok,
                                              .reason = breaks ? "the loss of step 3 is not finite" : ""}));
    held.erase(held.begin() + static_cast<std::ptrdiff_t>(i));
  }
  EXPECT_FALSE(goes_on(*store, plan));
  return store->trials(true);
}

TEST(OneShotStudy, IsTheSameWhateverEndsFirst) {
  const Plan plan = one_shot_plan();
  const std::vector<Trial> calm = run_plan(plan, 1, 1);
  ASSERT_EQ(static_cast<int>(calm.size()), one_shot_trials(*plan.one_shot));
  ASSERT_EQ(calm.size(), 15U);
  for (std::uint64_t seed = 2; seed < 30; ++seed) {
    const std::vector<Trial> trials = run_plan(plan, seed, 1 + static_cast<int>(seed % 4));
    ASSERT_EQ(trials.size(), calm.size());
    for (std::size_t i = 0; i < trials.size(); ++i) EXPECT_EQ(trials[i].job, calm[i].job) << i;
  }
}

TEST(OneShotStudy, HasEachCandidateOnceForEachSuperNetwork) {
  const Plan plan = one_shot_plan();
  const std::vector<Trial> trials = run_plan(plan, 1, 2);
  for (const Trial& trial : trials) {
    const OneShotPlace place = one_shot_place(*plan.one_shot, trial.job.number);
    EXPECT_EQ(trial.job.one_shot->is_supernet(), !place.candidate.has_value());
    if (!place.candidate) {
      EXPECT_EQ(trial.job.budget.epochs, 9);
      EXPECT_TRUE(trial.job.budget.keep_weights);
      EXPECT_EQ(trial.job.recipe.lr, 0.025);
      continue;
    }
    EXPECT_EQ(*trial.job.one_shot->supernet, place.supernet);
    EXPECT_EQ(trial.job.one_shot->batches, 10);
    EXPECT_EQ(trial.job.budget.epochs, 3);
    EXPECT_EQ(trial.job.recipe.lr, 0.001);
    EXPECT_EQ(trial.job.arch.text, plan.one_shot->archs.at(static_cast<std::size_t>(*place.candidate)));
    EXPECT_EQ(trial.job.seed, trials.back().job.seed);  // the same mini-batches for all
  }
  EXPECT_NE(trials[0].job.seed, trials[1].job.seed);
}

TEST(OneShotStudy, FailsTheCandidatesOfASuperNetworkThatDiverged) {
  const Plan plan = one_shot_plan();
  for (const Trial& trial : run_plan(plan, 1, 2, 1)) {
    const OneShotPlace place = one_shot_place(*plan.one_shot, trial.job.number);
    const bool lost = place.candidate && place.supernet == 1;
    EXPECT_EQ(trial.trace.status == TraceStatus::failed, lost) << trial.job.number;
    if (lost) {
      EXPECT_NE(trial.trace.reason.find("diverged: the loss of step 3"), std::string::npos);
    }
  }
}

TEST(OneShotPlan, MeasuresByWhatAllItsBatchesAreMultiplesOf) {
  OneShotPlan plan;
  for (const auto& [batches, unit] : std::vector<std::pair<std::vector<int>, int>>{
           {{100, 200, 300}, 100}, {{40, 100}, 20}, {{7}, 7}, {{6, 10, 15}, 1}}) {
    plan.batches = batches;
    EXPECT_EQ(batches_of_epoch(plan), unit);
  }
}

TEST(OneShotPlan, SurvivesJsonAndRefusesWhatIsNone) {
  const Plan plan = one_shot_plan();
  const Plan back = plan_from_json(parse_json(to_json(plan).dump(), "test"), "test");
  EXPECT_EQ(back.one_shot, plan.one_shot);
  EXPECT_TRUE(back.same_as(plan));
  const auto refused = [&](const char* key, const Json& value) {
    Json broken = to_json(plan);
    broken["one_shot"][key] = value;
    EXPECT_THROW((void)plan_from_json(broken, "test"), DataError) << key << value;
  };
  refused("batches", Json::array());
  refused("batches", {0, 5});
  refused("batches", {5, 5});
  refused("batches", {1.5});
  refused("supernets", 0);
  refused("archs", Json::array());
  refused("epochs", "many");
}

}  // namespace
}  // namespace tse
