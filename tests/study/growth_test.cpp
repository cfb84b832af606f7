// A search in a study: the same trials for any number of workers, whatever ends first and wherever it is stopped.
#include "tse/study/growth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <set>

#include "tse/base/error.h"
#include "tse/space/space.h"
#include "tse/store/faulty.h"
#include "tse/store/memory.h"

namespace tse {
namespace {

constexpr double kPatience = 60;

Plan search_plan(const std::string& algo, const std::string& budget, int window = 8) {
  Plan plan{.verb = "search",
            .space = "nb201:channels=4,cells=1",
            .data = "synthetic:size=8",
            .recipe = "nb201",
            .seed = 3,
            .budget = {.epochs = 2},
            .engine = {},
            .estimators = {"tse"},
            .truth = nullptr,
            .command_line = {},
            .manifest = nullptr};
  plan.search = SearchPlan{.algo = algo, .budget = budget, .objectives = {"tse"}, .window = window};
  return plan;
}

/// A loss that depends on the canonical form alone, as a perfect training would give it.
double loss_of(const Arch& arch) {
  const auto space = make_space("nb201:channels=4,cells=1");
  return static_cast<double>(derive_seed(1, space->canonical(arch)) % 1000) / 1000;
}

Trace trace_of(const Job& job) {
  const double loss = loss_of(job.arch);
  return {.status = TraceStatus::ok,
          .train_images = 1,
          .batch = 1,
          .step_loss = std::vector<double>(static_cast<std::size_t>(job.budget.epochs), loss),
          .seconds = 10,
          .images = job.budget.epochs};
}

std::vector<double> scores_of_trial(const Trial& trial) {
  if (trial.trace.status == TraceStatus::failed) return {kMissing};
  if (trial.trace.status == TraceStatus::diverged) return {-std::numeric_limits<double>::infinity()};
  double sum = 0;
  for (const double loss : trial.trace.step_loss) sum += loss;
  return {-sum};
}

Growth growth_of(Store& store, const Plan& plan, Domain::Condition allows = {}, double elapsed = 0) {
  return Growth(store, plan,
                {.domain = Domain(make_space(plan.space), std::move(allows)),
                 .scores = scores_of_trial,
                 .ahead = plan.search->window,
                 .elapsed = [=] { return elapsed; },
                 .finalists =
                     [](const std::vector<Trial>& trials) {
                       const SearchHistory history = history_of(trials, trials.size(), scores_of_trial);
                       return std::vector<Arch>{history.at(incumbent(history).value()).arch};
                     }});
}

/// Workers that end their trials in a random order; now and then the coordinator starts anew.
void run_search(Store& store, const Plan& plan, int workers, std::uint64_t seed, bool restarts = false,
                const std::function<Trace(const Job&)>& train = trace_of) {
  Stream random(seed);
  auto growth = std::make_unique<Growth>(growth_of(store, plan));
  std::vector<Claim> held;
  for (int i = 0; i < 100'000; ++i) {
    if (restarts && random.below(10) == 0) growth = std::make_unique<Growth>(growth_of(store, plan));
    const bool more = growth->grow();
    while (std::cmp_less(held.size(), workers)) {
      auto claim = store.claim(self(), kPatience);
      if (!claim) break;
      held.push_back(*claim);
    }
    if (held.empty()) {
      ASSERT_FALSE(more) << "the search waits for nothing";
      return;
    }
    const auto one = held.begin() + static_cast<std::ptrdiff_t>(random.below(held.size()));
    store.finish(one->lease, train(one->job));
    held.erase(one);
  }
  FAIL() << "no end";
}

std::vector<Job> jobs_of_study(Store& store) {
  std::vector<Job> jobs;
  for (const Trial& trial : store.trials(false)) jobs.push_back(trial.job);
  return jobs;
}

class GrowthOf : public testing::TestWithParam<std::string> {};

TEST_P(GrowthOf, IsTheSameForAnyWorkersAndAnyRestarts) {
  const Plan plan = search_plan(GetParam(), "40trials");
  const auto calm = make_memory_study(to_json(plan), {});
  run_search(*calm, plan, 1, 0);
  ASSERT_EQ(calm->count(), 40);
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const auto other = make_memory_study(to_json(plan), {});
    run_search(*other, plan, static_cast<int>(2 * seed), seed, true);
    EXPECT_EQ(jobs_of_study(*other), jobs_of_study(*calm)) << seed;
  }
}

/// The same search without a study: ask, evaluate, tell.
TEST_P(GrowthOf, AsksAsTheSearcherAloneDoes) {
  const Plan plan = search_plan(GetParam(), "40trials", 5);
  const auto store = make_memory_study(to_json(plan), {});
  run_search(*store, plan, 3, 9);
  const Domain domain(make_space(plan.space));
  const auto searcher = make_algorithm(GetParam())->begin(domain, derive_seed(plan.seed, "search"));
  std::vector<Arch> asked;
  std::size_t told = 0;
  for (const Job& job : jobs_of_study(*store)) {
    for (; told + 5 <= asked.size(); ++told) searcher->tell({asked[told], {-2 * loss_of(asked[told])}});
    asked.push_back(searcher->ask().value());
    EXPECT_EQ(job.arch, asked.back()) << job.number;
  }
}

INSTANTIATE_TEST_SUITE_P(Algorithms, GrowthOf,
                         testing::Values("random", "evolution:population=8,sample=3", "local", "tpe:startup=5",
                                         "gp:startup=5,pool=20", "nsga2:population=6"),
                         [](const auto& algo) { return algo.param.substr(0, algo.param.find(':')); });

TEST(Growth, TrainsIsomorphicArchitecturesOnceAndSaysSo) {
  const Plan plan = search_plan("evolution:population=8,sample=3", "120trials");
  const auto store = make_memory_study(to_json(plan), {});
  run_search(*store, plan, 4, 1);
  const auto space = make_space(plan.space);
  std::map<std::string, Trial> first;
  int shared = 0;
  for (const Trial& trial : store->trials(true)) {
    const auto [form, is_new] = first.try_emplace(space->canonical(trial.job.arch), trial);
    EXPECT_EQ(trial.job.same_as.has_value(), !is_new);
    if (is_new) continue;
    ++shared;
    EXPECT_EQ(trial.job.same_as, form->second.job.number);
    EXPECT_EQ(trial.trace.step_loss, form->second.trace.step_loss);
    EXPECT_EQ(trial.trace.seconds, 0);
    EXPECT_EQ(trial.trace.images, 0);
  }
  EXPECT_GT(shared, 0);
}

TEST(Growth, TrainsThemAgainWhereItIsTold) {
  Plan plan = search_plan("evolution:population=8,sample=3", "120trials");
  plan.search->reuse = false;
  const auto store = make_memory_study(to_json(plan), {});
  run_search(*store, plan, 4, 1);
  for (const Job& job : jobs_of_study(*store)) EXPECT_EQ(job.same_as, std::nullopt);
}

TEST(Growth, SpendsExactlyTheEpochsItHas) {
  for (const auto& [budget, trials] : std::map<std::string, int>{{"2epochs", 1}, {"41epochs", 20}, {"42epochs", 21}}) {
    const Plan plan = search_plan("evolution:population=8,sample=3", budget);
    const auto store = make_memory_study(to_json(plan), {});
    run_search(*store, plan, 3, 1);
    int trained = 0;
    for (const Job& job : jobs_of_study(*store)) trained += job.same_as ? 0 : 1;
    EXPECT_EQ(trained, trials) << budget;
  }
}

TEST(Growth, EndsWithItsTime) {
  const Plan plan = search_plan("random", "60s");
  const auto store = make_memory_study(to_json(plan), {});
  EXPECT_TRUE(growth_of(*store, plan, {}, 59.9).grow());
  EXPECT_EQ(store->count(), plan.search->window);
  EXPECT_FALSE(growth_of(*store, plan, {}, 60).grow());
  EXPECT_EQ(store->count(), plan.search->window);
  EXPECT_EQ(search_end(*store).value().reason, "the budget is spent");
}

TEST(Growth, EndsWhereNothingIsLeft) {
  const Plan plan = search_plan("random", "1000trials");
  const auto space = make_space(plan.space);
  const auto store = make_memory_study(to_json(plan), {});
  std::set<std::string> few;
  for (std::uint64_t i = 0; i < 15; ++i) few.insert(space->at(1000 * i).text);
  const auto allows = [&](const Arch& arch) { return few.contains(arch.text); };
  Growth growth = growth_of(*store, plan, allows);
  while (growth.grow()) {
    const auto claim = store->claim(self(), kPatience);
    ASSERT_TRUE(claim);
    store->finish(claim->lease, trace_of(claim->job));
  }
  EXPECT_EQ(store->count(), 15);
  EXPECT_EQ(search_end(*store).value().reason, "nothing is left to propose");
}

/// Evolution in a space of one form would go on for ever without a training.
TEST(Growth, EndsWhereNothingNewIsProposed) {
  const Plan plan = search_plan("evolution:population=8,sample=3", "100epochs");
  const auto space = make_space(plan.space);
  const auto store = make_memory_study(to_json(plan), {});
  const std::string form = space->canonical(space->at(0));
  Growth growth = growth_of(*store, plan, [&](const Arch& arch) { return space->canonical(arch) == form; });
  int trained = 0;
  while (growth.grow()) {
    const auto claim = store->claim(self(), kPatience);
    ASSERT_TRUE(claim);
    store->finish(claim->lease, trace_of(claim->job));
    ++trained;
  }
  EXPECT_EQ(trained, 1);
  EXPECT_THAT(search_end(*store).value().reason, testing::HasSubstr("nothing new"));
}

TEST(Growth, GoesOnWhereAllFailOrDiverge) {
  for (const TraceStatus status : {TraceStatus::failed, TraceStatus::diverged}) {
    for (const char* algo : {"random", "evolution:population=4,sample=2", "local", "tpe:startup=3", "gp:startup=3"}) {
      const Plan plan = search_plan(algo, "30trials");
      const auto store = make_memory_study(to_json(plan), {});
      run_search(*store, plan, 3, 1, false, [&](const Job&) { return Trace{.status = status, .reason = "test"}; });
      EXPECT_EQ(store->count(), 30) << algo;
    }
  }
}

TEST(Growth, TrainsTheWinnerToTheEnd) {
  Plan plan = search_plan("random", "20trials");
  plan.search->final_epochs = 7;
  const auto store = make_memory_study(to_json(plan), {});
  run_search(*store, plan, 4, 2, true);
  ASSERT_EQ(store->count(), 21);
  const std::vector<Trial> trials = store->trials(true);
  const SearchHistory history = history_of(trials, 20, scores_of_trial);
  const auto best = std::ranges::min_element(trials.begin(), trials.begin() + 20, {},
                                             [](const Trial& trial) { return loss_of(trial.job.arch); });
  const Job& final = trials.back().job;
  EXPECT_EQ(final.arch, best->job.arch);
  EXPECT_EQ(final.budget.epochs, 7);
  EXPECT_EQ(final.recipe.schedule_epochs, 7);
  EXPECT_TRUE(final.budget.test_at_end);
  EXPECT_TRUE(final.budget.keep_weights);
  EXPECT_FALSE(goes_on(*store, plan));
}

/// Nobody can win, and the study is over all the same.
TEST(Growth, EndsWithoutAWinnerWhereAllFail) {
  Plan plan = search_plan("random", "5trials");
  plan.search->final_epochs = 7;
  const auto store = make_memory_study(to_json(plan), {});
  Growth growth(*store, plan,
                {.domain = Domain(make_space(plan.space)),
                 .scores = scores_of_trial,
                 .elapsed = [] { return 0.0; },
                 .finalists = [](const std::vector<Trial>&) { return std::vector<Arch>(); }});
  while (growth.grow()) {
    const auto claim = store->claim(self(), kPatience);
    ASSERT_TRUE(claim);
    EXPECT_TRUE(goes_on(*store, plan));
    store->finish(claim->lease, {.status = TraceStatus::failed, .reason = "test"});
  }
  EXPECT_EQ(store->count(), 5);
  EXPECT_FALSE(goes_on(*store, plan));
}

TEST(Growth, RefusesTrialsOfAnotherSearch) {
  const Plan plan = search_plan("random", "20trials");
  const auto store = make_memory_study(to_json(plan), {});
  run_search(*store, plan, 1, 2);
  Plan other = plan;
  other.seed = 4;
  Growth growth = growth_of(*store, other);
  EXPECT_THROW((void)growth.grow(), DataError);
}

TEST(Growth, LosesNothingToAFullDisk) {
  const Plan plan = search_plan("evolution:population=8,sample=3", "30trials");
  const auto calm = make_memory_study(to_json(plan), {});
  run_search(*calm, plan, 1, 0);
  const auto store = make_memory_study(to_json(plan), {});
  StoreFaults faults{.appends_that_work = 5};
  const auto faulty = make_faulty_study(*store, faults);
  Growth growth = growth_of(*faulty, plan);
  EXPECT_THROW((void)growth.grow(), DataError);
  EXPECT_EQ(store->count(), 5);
  run_search(*store, plan, 2, 1);
  EXPECT_EQ(jobs_of_study(*store), jobs_of_study(*calm));
}

}  // namespace
}  // namespace tse
