#include "tse/search/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "search/samples.h"
#include "tse/base/error.h"
#include "tse/search/window.h"

namespace tse {
namespace {

const std::vector<Arch>& archs() {
  static const std::vector<Arch> list = different_archs(*make_space("nb201"), 400, 9);
  return list;
}

Domain domain() { return domain_of(make_space("nb201"), archs()); }

/// Whole seconds and epochs that depend on the architecture; one in ten diverged.
RecordedResults recorded() {
  RecordedResults results;
  for (const Arch& arch : archs()) {
    const double score = score_of(arch);
    results[arch.text] = {.scores = {score < 100 ? kMissing : score},
                          .outcome = score / 10,
                          .epochs = 1 + score_of(arch, 2, 12),
                          .seconds = 1 + score_of(arch, 3, 50)};
  }
  return results;
}

struct Run {
  Arch arch;
  int end = 0;
};

/// A world that passes second by second: a trial begins when a worker idles and what it is proposed from has ended.
std::vector<Run> second_by_second(const Algorithm& algorithm, int window, int workers, int seconds) {
  const RecordedResults results = recorded();
  WindowedSearch search(algorithm.begin(domain(), 5), window);
  std::vector<Run> runs;
  for (int now = 0; now <= seconds; ++now) {
    for (;;) {
      const auto busy = std::ranges::count_if(runs, [&](const Run& run) { return run.end > now; });
      const std::size_t needed = search.needed();
      const bool ready = std::all_of(runs.begin(), runs.begin() + static_cast<std::ptrdiff_t>(needed),
                                     [&](const Run& run) { return run.end <= now; });
      if (busy == workers || !ready) break;
      while (search.told() < needed) {
        const Arch& arch = runs[search.told()].arch;
        search.tell({.arch = arch, .scores = results.at(arch.text).scores});
      }
      const Arch arch = search.ask().value();
      runs.push_back({.arch = arch, .end = now + static_cast<int>(results.at(arch.text).seconds)});
    }
  }
  return runs;
}

TEST(Replay, KeepsTheClockOfAWorldThatPassesSecondBySecond) {
  for (const char* name : {"random", "evolution:population=8,sample=3", "tpe", "local"}) {
    const auto algorithm = make_algorithm(name);
    for (const int workers : {1, 2, 5}) {
      for (const int window : {1, 3, 12}) {
        const auto runs = second_by_second(*algorithm, window, workers, 900);
        const SearchHistory history =
            replay(*algorithm, domain(), recorded(),
                   {.budget = {.seconds = 900}, .window = window, .workers = workers, .seed = 5});
        ASSERT_LT(history.size(), runs.size());
        for (std::size_t i = 0; i < history.size(); ++i) {
          EXPECT_EQ(history[i].arch, runs[i].arch);
          EXPECT_EQ(history[i].ended, runs[i].end) << name << ", " << workers << " workers, window " << window;
          EXPECT_LE(history[i].ended, 900);
        }
        EXPECT_GT(runs[history.size()].end, 900);
      }
    }
  }
}

TEST(Replay, NeverTrainsForMoreEpochsThanTheBudget) {
  for (const char* name : {"random", "evolution:population=8,sample=3", "tpe"}) {
    for (const double budget : {0.5, 12.0, 13.0, 100.0, 777.5}) {
      const auto algorithm = make_algorithm(name);
      const SearchHistory history = replay(*algorithm, domain(), recorded(), {.budget = {.epochs = budget}});
      const SearchHistory longer = replay(*algorithm, domain(), recorded(), {.budget = {.epochs = budget + 12}});
      double spent = 0;
      for (const SearchTrial& trial : history) spent += trial.epochs;
      EXPECT_LE(spent, budget);
      ASSERT_GT(longer.size(), history.size());
      EXPECT_GT(spent + longer[history.size()].epochs, budget);
      EXPECT_TRUE(std::equal(history.begin(), history.end(), longer.begin(),
                             [](const auto& a, const auto& b) { return a.arch == b.arch && a.ended == b.ended; }));
    }
  }
}

TEST(Replay, RunsAsManyTrialsAsTheBudgetSays) {
  const SearchHistory history = replay(*make_algorithm("evolution"), domain(), recorded(), {.budget = {.trials = 137}});
  ASSERT_EQ(history.size(), 137U);
  const RecordedResults results = recorded();
  for (std::size_t i = 0; i < history.size(); ++i) {
    const RecordedResult& result = results.at(history[i].arch.text);
    EXPECT_EQ(history[i].number, static_cast<int>(i));
    EXPECT_EQ(history[i].outcome, result.outcome);
    EXPECT_EQ(history[i].epochs, result.epochs);
    EXPECT_EQ(history[i].seconds, result.seconds);
  }
}

TEST(Replay, NeedsTheCostThatTheBudgetIsIn) {
  RecordedResults results = recorded();
  for (auto& [text, result] : results) result.seconds = kMissing;
  const auto algorithm = make_algorithm("random");
  EXPECT_THROW(replay(*algorithm, domain(), results, {.budget = {.seconds = 100}}), UsageError);
  for (auto& [text, result] : results) result.epochs = 0;
  EXPECT_THROW(replay(*algorithm, domain(), results, {.budget = {.epochs = 100}}), UsageError);
  EXPECT_EQ(replay(*algorithm, domain(), results, {.budget = {.trials = 100}}).size(), 100U);
}

// One worker is busy for an unknown time, so when anything after it began is not known either.
TEST(Replay, KnowsNoTimesAfterATrialOfUnknownLength) {
  RecordedResults results = recorded();
  std::size_t number = 0;
  for (auto& [text, result] : results) {
    if (number++ % 8 == 0) result.seconds = kMissing;
  }
  for (const int workers : {1, 3}) {
    const SearchHistory history = replay(*make_algorithm("random"), domain(), results,
                                         {.budget = {.trials = 100}, .window = 4, .workers = workers});
    const auto unknown = std::ranges::find_if(history, [](const auto& trial) { return std::isnan(trial.seconds); });
    ASSERT_NE(unknown, history.end());
    EXPECT_TRUE(std::all_of(history.begin(), unknown, [](const auto& trial) { return !std::isnan(trial.ended); }));
    EXPECT_TRUE(std::all_of(unknown, history.end(), [](const auto& trial) { return std::isnan(trial.ended); }));
  }
}

}  // namespace
}  // namespace tse
