#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "search/samples.h"
#include "tse/search/replay.h"

namespace tse {
namespace {

/// Every searcher ends, whatever it is given.
class End : public testing::TestWithParam<std::string> {
 protected:
  std::shared_ptr<const Algorithm> algorithm = make_algorithm(GetParam());
  std::shared_ptr<const Space> space = make_space("nb201");
};

RecordedResults recorded(const std::vector<Arch>& archs, double score, double cost) {
  RecordedResults results;
  for (const Arch& arch : archs) results[arch.text] = {.scores = {score}, .epochs = cost, .seconds = cost};
  return results;
}

TEST_P(End, ComesAtOnceWhereNothingIsAllowed) {
  const RecordedResults results = recorded(different_archs(*space, 5, 1), 1, 1);
  const Domain nothing(space, [](const Arch&) { return false; });
  EXPECT_TRUE(replay(*algorithm, nothing, results, {.budget = {.trials = 200}}).empty());
  EXPECT_TRUE(replay(*algorithm, nothing, results, {.budget = {.seconds = 200}, .window = 4, .workers = 4}).empty());
}

// Those that propose nothing twice stop when all is tried, the others, which need not try all, when the budget is
// spent.
TEST_P(End, ComesInASpaceSmallerThanTheBudget) {
  for (const std::size_t size : {1U, 2U, 30U}) {
    const std::vector<Arch> archs = different_archs(*space, size, 1);
    for (const int window : {1, 5}) {
      const SearchHistory history = replay(*algorithm, domain_of(space, archs), recorded(archs, 1, 1),
                                           {.budget = {.trials = 150}, .window = window, .workers = window});
      std::set<std::string> different;
      for (const SearchTrial& trial : history) different.insert(trial.arch.text);
      EXPECT_TRUE(history.size() == size || history.size() == 150U) << history.size();
      if (history.size() == size) {
        EXPECT_EQ(different.size(), size);
      }
    }
  }
}

TEST_P(End, ComesWhereAllTrialsFail) {
  const std::vector<Arch> archs = different_archs(*space, 200, 1);
  for (const double score : {kMissing, -std::numeric_limits<double>::infinity()}) {
    for (const int window : {1, 5}) {
      const SearchHistory history = replay(*algorithm, domain_of(space, archs), recorded(archs, score, 1),
                                           {.budget = {.seconds = 100}, .window = window});
      EXPECT_EQ(history.size(), 100U);
    }
  }
}

// The budget is never spent.
TEST_P(End, ComesWhereTrialsAreFree) {
  const std::vector<Arch> archs = different_archs(*space, 40, 1);
  RecordedResults results = recorded(archs, 1, 0);
  results[archs[0].text] = {.scores = {0}, .epochs = 1, .seconds = 1};
  for (const SearchBudget& budget : {SearchBudget{.epochs = 1000}, SearchBudget{.seconds = 1000}}) {
    const SearchHistory history = replay(*algorithm, domain_of(space, archs), results, {.budget = budget});
    EXPECT_GE(history.size(), 40U);
  }
}

INSTANTIATE_TEST_SUITE_P(Registry, End, testing::ValuesIn(algorithms().names()),
                         [](const auto& name) { return name.param; });

}  // namespace
}  // namespace tse
