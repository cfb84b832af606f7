// tse oneshot: super-networks and candidates with real workers.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "apps/tse/program.h"

namespace tse {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::string kTiny =
    " --space nb201:channels=4,cells=1 --data synthetic:size=8,train_images=128,valid=64,test_images=16 --seed 3 ";

TEST(OneShot, IsTheSameForAnyNumberOfWorkers) {
  const Program tse;
  const std::string command =
      "oneshot --sampler fair --epochs 2 --supernets 2 --candidates 12 --batches 3,6 --json" + kTiny;
  Json one = tse(command + "--workers 1 --study 1.tse").json();
  ASSERT_EQ(one.at("ranking").size(), 12U);
  EXPECT_EQ(one.at("trained"), 2);
  EXPECT_EQ(one.at("scored"), 24);
  Json three = tse(command + "--workers 3 --study 3.tse").json();
  EXPECT_EQ(three.at("ranking"), one.at("ranking"));
  EXPECT_EQ(tse("resume 3.tse --json").json().at("ranking"), one.at("ranking"));
  EXPECT_THAT(tse("resume 3.tse --retry-failed").err, HasSubstr("depends on it"));
  double before = 0;
  for (const Json& candidate : one.at("ranking")) {
    EXPECT_EQ(candidate.at("scores").size(), 2U);
    if (before != 0) {
      EXPECT_LE(candidate.at("score").get<double>(), before);
    }
    before = candidate.at("score").get<double>();
  }
}

TEST(OneShot, HoldsItsScoresAgainstATable) {
  const Program tse;
  tse.shell(TSE_BIN "/tse info --space nb201:channels=4,cells=1 > /dev/null");
  const Json first =
      tse("oneshot --sampler random --epochs 1 --supernets 1 --candidates 9 --batches 2 --json" + kTiny).json();
  std::string table = "arch,accuracy\n";
  for (const Json& candidate : first.at("ranking"))  // as the super-network has it
    table += "\"" + candidate.at("arch").get<std::string>() + "\"," + candidate.at("score").dump() + "\n";
  (void)tse.folder().write("t.csv", table);
  const Output text =
      tse("oneshot --sampler random --epochs 1 --supernets 1 --candidates 9 --batches 2 --truth "
          "t.csv:accuracy --study s.tse" +
          kTiny);
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_THAT(text.out,
              AllOf(HasSubstr("Rank correlation (Spearman) with accuracy"), HasSubstr("B = 2"),
                    HasSubstr("valid-accuracy of a batch"), HasSubstr("params"), HasSubstr("tse train --space")));
  const Json held = tse("report s.tse --json").json();
  EXPECT_EQ(held.at("agreements").at(0).at("score"), "tse");
  EXPECT_EQ(held.at("agreements").at(0).at("spearman").at(0), 1);
  const Json& scores = held.at("agreements").at(0).at("scores").at(0);
  ASSERT_EQ(scores.size(), held.at("archs").size());
  for (const Json& ranked : held.at("ranking")) {
    const auto place = std::ranges::find(held.at("archs"), ranked.at("arch")) - held.at("archs").begin();
    EXPECT_EQ(scores.at(static_cast<std::size_t>(place)), ranked.at("scores").at(0));
  }
  EXPECT_THAT(tse("status s.tse").out, HasSubstr("10 of 10 trials"));
  ASSERT_EQ(tse("report s.tse --out page").code, 0);
  std::ifstream page(tse.folder().path() / "page" / "index.html");
  const std::string html{std::istreambuf_iterator<char>(page), {}};
  EXPECT_THAT(html, AllOf(HasSubstr("A one-shot search"), HasSubstr("agreement-chart"), HasSubstr("scatter-chart"),
                          HasSubstr("<code>tse train --space nb201:channels=4,cells=1")));
}

/// A blend that is all of one half orders as that half; SynFlow stands beside what needs no super-network.
TEST(OneShot, BlendsWithWhatNeedsNoTraining) {
  const Program tse;
  const std::string command = "oneshot --sampler random --epochs 1 --supernets 2 --candidates 11 --batches 2,4" + kTiny;
  const Json first = tse(command + "--json --study a.tse").json();
  std::string table = "arch,accuracy\n";
  int count = 0;
  for (const Json& candidate : first.at("ranking"))
    table += "\"" + candidate.at("arch").get<std::string>() + "\"," + std::to_string(++count * 37 % 11) + "\n";
  (void)tse.folder().write("t.csv", table);
  const Json held =
      tse(command +
          "--truth t.csv:accuracy --json --study b.tse --estimator tse --estimator blend:speed=tse,weight=1 "
          "--estimator blend:speed=tse,weight=0 --estimator synflow")
          .json();
  std::map<std::string, Json> of;
  for (const Json& each : held.at("agreements")) of[each.at("score").get<std::string>()].push_back(each.at("spearman"));
  for (const Json& each : held.at("references")) of[each.at("score").get<std::string>()] = each.at("spearman");
  EXPECT_EQ(of.at("blend:speed=tse,weight=1"), of.at("tse"));
  EXPECT_EQ(of.at("tse").size(), 2U);
  ASSERT_EQ(of.at("synflow").size(), 1U);
  EXPECT_FALSE(of.at("synflow").at(0).is_null());
  for (const Json& by_supernet : of.at("blend:speed=tse,weight=0"))
    for (const Json& value : by_supernet) EXPECT_EQ(value, of.at("synflow").at(0));
  const Output parts = tse(command + "--micro-batch 32 --json --study c.tse");
  ASSERT_EQ(parts.code, 0) << parts.err;
  EXPECT_NE(Json::parse(parts.out).at("ranking"), first.at("ranking"));
  EXPECT_THAT(tse("oneshot --estimator blend:static=latency --study d.tse" + kTiny).err, HasSubstr("latency"));
}

/// A search whose trials inherit: the same score for an architecture as tse oneshot gives it.
TEST(OneShot, ServesAnySearcher) {
  const Program tse;
  ASSERT_EQ(tse("oneshot --epochs 2 --supernets 1 --candidates 3 --batches 4 --study o.tse" + kTiny).code, 0);
  const std::string weights = " --supernet o.tse.checkpoints/trial-0.ckpt --batches 4 --objective tse ";
  const std::string command =
      "search --algo evolution:population=4,sample=2 --budget 12trials --json" + weights + kTiny;
  const Json one = tse(command + "--workers 1 --study 1.tse").json();
  const Json two = tse(command + "--workers 2 --study 2.tse").json();
  EXPECT_EQ(one.at("best").at("arch"), two.at("best").at("arch"));
  EXPECT_EQ(one.at("best").at("objective"), two.at("best").at("objective"));
  std::ofstream(tse.folder().path() / "a.txt") << one.at("best").at("arch").get<std::string>() << "\n";
  const Json again =
      tse("oneshot --epochs 2 --supernets 1 --candidates a.txt --batches 4 --json --study p.tse" + kTiny).json();
  EXPECT_EQ(again.at("ranking").at(0).at("score"), one.at("best").at("objective"));
  const auto refused = [&](const std::string& options, const std::string& words) {
    EXPECT_THAT(tse("search --algo random --budget 2trials " + options + kTiny).err, HasSubstr(words)) << options;
  };
  refused("--supernet none.ckpt", "none.ckpt");
  refused("--supernet a.txt", "checkpoint of version 1");
  refused("--batches 5", "--supernet");
  EXPECT_THAT(tse("search --supernet o.tse.checkpoints/trial-0.ckpt --budget 2trials --data synthetic:size=8").err,
              HasSubstr("expected a super-network of nb201; it is of nb201:channels=4,cells=1"));
}

TEST(OneShot, RefusesWhatCannotBe) {
  const Program tse;
  const auto refused = [&](const std::string& options, const std::string& words, int code = 2) {
    const Output output = tse("oneshot --study s.tse " + options + kTiny);
    EXPECT_EQ(output.code, code) << options << output.out;
    EXPECT_THAT(output.err, HasSubstr(words)) << options;
    EXPECT_FALSE(std::filesystem::exists(tse.folder().path() / "s.tse")) << options;
  };
  refused("--sampler fiar", "fair");
  refused("--batches 0", "--batches");
  refused("--batches 100,100", "that rise");
  refused("--batches 1,100000", "common measure");
  refused("--supernets 0", "supernets");
  refused("--estimator valid-accuracy-final", "first mini-batches");
  refused("--estimator params", "give nothing for params");
  refused("--estimator valid-accuracy --valid-every 0", "--valid-every");
  refused("--candidate-recipe nobody", "candidate");
  refused("--candidates none.txt", "none.txt", 3);
  refused("--keep-weights", "--keep-weights");
  refused("--truth none.csv:accuracy", "none.csv", 3);
}

}  // namespace
}  // namespace tse
