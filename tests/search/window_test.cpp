#include "tse/search/window.h"

#include <gtest/gtest.h>

#include "search/samples.h"

namespace tse {
namespace {

/// Notes how many results it had when it was asked.
class Spy final : public Searcher {
 public:
  explicit Spy(std::vector<std::size_t>& known) : known_(known) {}
  std::optional<Arch> ask() override {
    known_.push_back(told_);
    return Arch{.text = std::to_string(known_.size() - 1)};
  }
  void tell(const Observation& observation) override {
    EXPECT_EQ(observation.arch.text, std::to_string(told_));
    ++told_;
  }

 private:
  std::vector<std::size_t>& known_;
  std::size_t told_ = 0;
};

// Results are told as early as can be in one run and as late as may be in another.
TEST(Window, TrialNIsProposedFromTheResultsUpToNMinusTheWindow) {
  for (const std::size_t window : {1U, 2U, 5U, 40U}) {
    for (const bool early : {true, false}) {
      std::vector<std::size_t> known;
      WindowedSearch search(std::make_unique<Spy>(known), static_cast<int>(window));
      std::vector<Arch> asked;
      for (std::size_t n = 0; n < 30; ++n) {
        while (search.told() < (early ? asked.size() : search.needed()))
          search.tell({.arch = asked[search.told()], .scores = {0}});
        asked.push_back(search.ask().value());
        EXPECT_EQ(known.back(), n < window ? 0 : n - window + 1) << "window " << window << ", trial " << n;
      }
    }
  }
}

class WindowOf : public testing::TestWithParam<std::string> {};

/// What is asked where all results from `change` on are others.
std::vector<Arch> asked(const Algorithm& algorithm, int window, std::size_t change) {
  WindowedSearch search(algorithm.begin(Domain(make_space("nb201")), 11), window);
  std::vector<Arch> list;
  while (list.size() < 70) {
    while (search.told() < search.needed()) {
      const Arch& arch = list[search.told()];
      search.tell({.arch = arch, .scores = {score_of(arch, search.told() < change ? 1 : 2)}});
    }
    list.push_back(search.ask().value());
  }
  return list;
}

TEST_P(WindowOf, LaterResultsChangeNothing) {
  const auto algorithm = make_algorithm(GetParam());
  for (const std::size_t window : {1U, 3U, 9U}) {
    const auto one = asked(*algorithm, static_cast<int>(window), 1000);
    for (const std::size_t change : {24U, 45U, 58U}) {
      const auto other = asked(*algorithm, static_cast<int>(window), change);
      for (std::size_t n = 0; n < change + window; ++n) ASSERT_EQ(one[n], other[n]) << "window " << window;
    }
    EXPECT_EQ(asked(*algorithm, static_cast<int>(window), 24) != one, algorithm->learns()) << "window " << window;
  }
}

INSTANTIATE_TEST_SUITE_P(Registry, WindowOf, testing::ValuesIn(algorithms().names()),
                         [](const auto& name) { return name.param; });

}  // namespace
}  // namespace tse
