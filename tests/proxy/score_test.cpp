#include "tse/proxy/score.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "support/expect_error.h"
#include "tse/base/error.h"
#include "tse/data/data.h"
#include "tse/space/space.h"
#include "tse/trial/zero_cost.h"

namespace tse {
namespace {

const char* const kDisconnected = "|none~0|+|nor_conv_3x3~0|none~1|+|none~0|none~1|none~2|";

const DataSet& images() {
  static const DataSet data = make_data("synthetic:size=8,train_images=256,test_images=8,classes=4")->load(0.5);
  return data;
}

std::string small(const std::string& space) {
  if (space == "randwired") return "randwired:nodes=6,channels=4,features=16";
  return space == "nb201" ? "nb201:channels=4,cells=1" : space;
}

Job job_of(const std::string& space, const std::vector<std::string>& scores, std::uint64_t seed) {
  const auto made = make_space(small(space));
  Stream random(seed);
  Arch arch = made->sample(random);
  while (!made->connected(arch)) arch = made->sample(random);
  Job job{.space = made->spec(), .arch = arch, .data = images().spec, .seed = derive_seed(seed, "trial")};
  job.scoring = {.scores = scores, .images_seed = 77};
  return job;
}

StaticScore only(const Job& job) { return score(job, images(), {}).scores.at(0); }

/// What every zero-cost score of the registry promises, on every space.
class ZeroCostContract : public testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  Job job(std::uint64_t seed) const { return job_of(std::get<0>(GetParam()), {std::get<1>(GetParam())}, seed); }
};

TEST_P(ZeroCostContract, IsAFiniteNumberUnderItsName) {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    const Trace trace = score(job(seed), images(), {});
    EXPECT_EQ(trace.status, TraceStatus::ok);
    ASSERT_EQ(trace.scores.size(), 1U);
    EXPECT_EQ(trace.scores[0].name, std::get<1>(GetParam()));
    EXPECT_EQ(trace.scores[0].reason, "");
    EXPECT_TRUE(std::isfinite(trace.scores[0].value));
    EXPECT_GT(trace.scores[0].value, kFailedScore);
  }
}

TEST_P(ZeroCostContract, IsTheSameEachTimeAndAfterOthers) {
  const Job alone = job(1);
  const double value = only(alone).value;
  EXPECT_EQ(only(alone).value, value);
  Job among = alone;
  among.scoring->scores = {"synflow", "snip:images=own", "jaccov:outputs=1", "snip:parameters=all,batch=32"};
  among.scoring->scores.push_back(alone.scoring->scores[0]);
  EXPECT_EQ(score(among, images(), {}).scores.back().value, value);
}

std::vector<std::string> all_scores() {
  std::vector<std::string> names = zero_cost_scores().names();
  for (const char* more :
       {"snip:parameters=all", "snip:batch=16", "snip:images=own", "jaccov:outputs=1", "jaccov:batch=16,images=own"})
    names.emplace_back(more);
  return names;
}

INSTANTIATE_TEST_SUITE_P(SpacesAndScores, ZeroCostContract,
                         testing::Combine(testing::ValuesIn(spaces().names()), testing::ValuesIn(all_scores())),
                         [](const auto& param) {
                           std::string name = std::get<0>(param.param) + "_" + std::get<1>(param.param);
                           for (char& letter : name)
                             if (std::isalnum(static_cast<unsigned char>(letter)) == 0) letter = '_';
                           return name;
                         });

TEST(Score, OfADisconnectedCellSaysWhyThereIsNone) {
  Job job = job_of("nb201", {"synflow", "snip", "jaccov", "jaccov:outputs=1"}, 1);
  job.arch.text = kDisconnected;
  const Trace trace = score(job, images(), {});
  EXPECT_EQ(trace.status, TraceStatus::ok);
  EXPECT_EQ(trace.scores[0].value, 0);  // nothing flows
  EXPECT_EQ(trace.scores[0].reason, "");
  EXPECT_TRUE(std::isfinite(trace.scores[1].value));
  for (const std::size_t i : {2, 3}) {
    EXPECT_EQ(trace.scores[i].value, kFailedScore);
    EXPECT_THAT(trace.scores[i].reason, testing::HasSubstr("do not depend on 64 of the 64 images"));
  }
}

TEST(Score, SharesImagesUnlessTheyAreToBeItsOwn) {
  Job job = job_of("nb201", {"snip"}, 1);
  Job elsewhere = job;
  elsewhere.scoring->images_seed = 78;
  EXPECT_NE(only(job).value, only(elsewhere).value);
  job.scoring->scores = elsewhere.scoring->scores = {"snip:images=own"};
  EXPECT_EQ(only(job).value, only(elsewhere).value);
  // own images are those of the first step of a training with the trial's seed
  Job same = job;
  same.scoring = {.scores = {"snip"}, .images_seed = job.seed};
  EXPECT_EQ(only(job).value, only(same).value);
}

TEST(Score, DependsOnTheWeightsSeed) {
  Job job = job_of("nb201", {"synflow"}, 1);
  const double value = only(job).value;
  job.seed += 1;
  EXPECT_NE(only(job).value, value);
}

TEST(Score, RefusesMoreImagesThanThereAre) {
  Job job = job_of("nb201", {"snip:batch=200"}, 1);
  EXPECT_THAT(message_of<UsageError>([&] { (void)score(job, images(), {}); }),
              testing::HasSubstr("at least the 200 training images that it looks at (its option batch); there are"));
}

TEST(Score, StopsWhereItIsTold) {
  Job job = job_of("nb201", {"params", "macs", "synflow"}, 1);
  std::vector<int> told;
  const Trace trace = score(job, images(), {.observer = [&](int done, int total) {
                              EXPECT_EQ(total, 3);
                              told.push_back(done);
                              return done < 2;
                            }});
  EXPECT_EQ(trace.status, TraceStatus::running);
  EXPECT_EQ(told, (std::vector<int>{0, 1, 2}));
}

}  // namespace
}  // namespace tse
