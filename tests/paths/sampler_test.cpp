// Samplers of paths: each a function of the seed and the step, and what each promises of the paths of a step.
#include "tse/paths/sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "tse/base/csv.h"
#include "tse/space/graph.h"

namespace tse {
namespace {

const std::shared_ptr<const Space>& space() {
  static const std::shared_ptr<const Space> nb201 = make_space("nb201:channels=4,cells=2");
  return nb201;
}

std::unique_ptr<PathSampler> sampler(const std::string& rule, std::uint64_t seed = 1) {
  return make_path_rule(rule)->begin(space(), {}, seed);
}

class EverySampler : public testing::TestWithParam<std::string> {};

TEST_P(EverySampler, IsAFunctionOfSeedAndStep) {
  const auto one = sampler(GetParam());
  const auto again = sampler(GetParam());
  const auto other = sampler(GetParam(), 2);
  std::set<std::vector<Path>> seen;
  int differ = 0;
  for (const std::int64_t step : {7, 0, 3, 1000000, 3}) {
    const std::vector<Path> paths = one->paths(step);
    EXPECT_EQ(static_cast<int>(paths.size()), make_path_rule(GetParam())->count(*space()));
    EXPECT_EQ(paths, again->paths(step));
    differ += paths != other->paths(step);
    seen.insert(paths);
    for (const Path& path : paths) {
      for (const Arch& arch : path) EXPECT_EQ(space()->parse(arch.text), arch);
      EXPECT_NO_THROW((void)space()->sub_network(path, {}, Norms::batch));
    }
  }
  EXPECT_EQ(seen.size(), 4U);
  EXPECT_GE(differ, 4);
  EXPECT_EQ(make_path_rule(GetParam())->spec(), GetParam());
}

INSTANTIATE_TEST_SUITE_P(All, EverySampler,
                         testing::Values("random", "random:cells=own", "fair", "multi", "multi:by=uniform",
                                         "multi:paths=3"));

/// Counts within 4.5 standard deviations of their expectation.
void expect_share(int count, int draws, double p) {
  EXPECT_NEAR(count, draws * p, 4.5 * std::sqrt(draws * p * (1 - p)));
}

TEST(RandomPath, IsUniformAtEveryPlace) {
  const auto random = sampler("random");
  std::map<std::pair<std::size_t, int>, int> counts;
  for (int step = 0; step < 2000; ++step) {
    const Picks picks = space()->picks_of(random->paths(step).at(0).at(0));
    for (std::size_t place = 0; place < picks.size(); ++place) ++counts[{place, picks[place]}];
  }
  EXPECT_EQ(counts.size(), 30U);
  for (const auto& [option, count] : counts) expect_share(count, 2000, 0.2);
}

TEST(RandomPath, MayGiveEachCellItsOwn) {
  const auto own = sampler("random:cells=own");
  std::set<std::string> archs;
  for (int step = 0; step < 50; ++step) {
    const Path path = own->paths(step).at(0);
    ASSERT_EQ(path.size(), 6U);
    for (const Arch& arch : path) {
      EXPECT_TRUE(space()->connected(arch));
      archs.insert(arch.text);
    }
  }
  EXPECT_GT(archs.size(), 280U);
}

/// Every operation of every edge is in exactly one path of each step, and in any order.
TEST(FairPaths, TakeEveryOptionOfEveryPlaceOnce) {
  const auto fair = sampler("fair");
  std::map<int, int> first;
  for (int step = 0; step < 500; ++step) {
    std::vector<std::set<int>> taken(6);
    const std::vector<Path> paths = fair->paths(step);
    for (const Path& path : paths) {
      const Picks picks = space()->picks_of(path.at(0));
      for (std::size_t place = 0; place < 6; ++place) taken[place].insert(picks[place]);
    }
    for (const std::set<int>& options : taken) EXPECT_EQ(options, (std::set<int>{0, 1, 2, 3, 4}));
    ++first[space()->picks_of(paths[0][0])[2]];
  }
  for (const auto& [option, count] : first) expect_share(count, 500, 0.2);
}

/// One of each quarter of all cells, by multiply-adds; the limits are counted over all of them.
TEST(MultiPaths, TakeOneOfEachSize) {
  std::vector<std::int64_t> all;
  for (std::uint64_t i = 0; i < 15'625; ++i) all.push_back(macs(space()->lower(space()->at(i), {})));
  std::ranges::sort(all);
  const auto multi = sampler("multi");
  std::set<std::string> seen;
  for (int step = 0; step < 200; ++step) {
    const std::vector<Path> paths = multi->paths(step);
    ASSERT_EQ(paths.size(), 4U);
    for (std::size_t k = 0; k < 4; ++k) {
      const std::int64_t mine = macs(space()->lower(paths[k].at(0), {}));
      EXPECT_GE(mine, all[k * 15'625 / 4]);
      EXPECT_LE(mine, all[(k + 1) * 15'625 / 4 - 1]);
      seen.insert(paths[k][0].text);
    }
  }
  EXPECT_GT(seen.size(), 750U);
}

TEST(MultiPaths, MayGoByOutcomesAsTheAuthorsCodeDoes) {
  const TempFolder folder;
  std::string table = "arch,accuracy\n";
  for (std::uint64_t i = 0; i < 40; ++i)
    table += csv_cell(space()->at(i * 300).text) + "," + std::to_string((i * 7) % 40) + "\n";
  const std::string file = folder.write("t.csv", table).string();
  const auto multi = sampler("multi:by=table,table=" + file + ":accuracy");
  for (int step = 0; step < 100; ++step) {
    const std::vector<Path> paths = multi->paths(step);
    for (std::uint64_t k = 0; k < 4; ++k) EXPECT_EQ(space()->index_of(paths[k].at(0)) / 300 * 7 % 40 / 10, k);
  }
}

TEST(PathRules, RefuseWhatDoesNotFit) {
  EXPECT_THAT(message_of<UsageError>([] { make_path_rule("fari"); }), testing::HasSubstr("fair"));
  EXPECT_THAT(message_of<UsageError>([] { sampler("multi:by=table"); }), testing::HasSubstr("table=FILE"));
  EXPECT_THAT(message_of<UsageError>([] { sampler("multi:table=x.csv:a"); }), testing::HasSubstr("by=table"));
  EXPECT_THAT(message_of<UsageError>([] { sampler("multi:paths=0"); }), testing::HasSubstr("paths"));
}

}  // namespace
}  // namespace tse
