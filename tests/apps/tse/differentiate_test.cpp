// tse differentiate: searches by gradients with real workers.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "apps/tse/program.h"

namespace tse {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::string kTiny =
    " --space nb201:channels=4,cells=1 --data synthetic:size=8,train_images=128,valid=64,test_images=16 --batch 16 "
    "--seed 3 ";
const std::string kMethods = " --method darts --method darts-tse:steps=3 --method drnas-tse:warmup_epochs=0,steps=2 ";

/// Each line an architecture of the space with an outcome: its index.
void write_table(const Program& tse, int missing = -1) {
  const char* options[] = {"none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"};
  std::ofstream file(tse.folder().path() / "t.csv");
  file << "arch,accuracy\n";
  for (int i = 0; i < 15625; ++i) {
    if (i == missing) continue;
    int rest = i;
    const char* edges[6];
    for (int e = 5; e >= 0; --e, rest /= 5) edges[e] = options[rest % 5];
    file << "\"|" << edges[0] << "~0|+|" << edges[1] << "~0|" << edges[2] << "~1|+|" << edges[3] << "~0|" << edges[4]
         << "~1|" << edges[5] << "~2|\"," << i << "\n";
  }
}

TEST(Differentiate, IsTheSameForAnyNumberOfWorkers) {
  const Program tse;
  write_table(tse);
  const std::string command = "differentiate --epochs 2 --seeds 2 --truth t.csv:accuracy --json" + kMethods + kTiny;
  const Output first = tse(command + "--workers 1 --study 1.tse");
  ASSERT_EQ(first.code, 0) << first.err;
  const Json one = Json::parse(first.out);
  const Json two = tse(command + "--workers 2 --study 2.tse").json();
  ASSERT_EQ(one.at("methods").size(), 3U);
  for (std::size_t method = 0; method < 3; ++method) {
    for (std::size_t seed = 0; seed < 2; ++seed) {
      const Json& a = one.at("methods")[method].at("runs")[seed];
      const Json& b = two.at("methods")[method].at("runs")[seed];
      EXPECT_EQ(a.at("found"), b.at("found"));
      EXPECT_EQ(a.at("found").size(), 2U);
      EXPECT_FALSE(a.at("outcomes").at(1).is_null());
    }
  }
  EXPECT_EQ(one.at("references").at("best"), 15624);
  EXPECT_EQ(one.at("references").at("random"), 7812);
  EXPECT_EQ(tse("resume 2.tse --json").json().at("methods"), two.at("methods"));
  ASSERT_EQ(tse("report 2.tse --out page").code, 0);
  std::ifstream page(tse.folder().path() / "page" / "index.html");
  const std::string html{std::istreambuf_iterator<char>(page), {}};
  EXPECT_THAT(html, AllOf(HasSubstr("A differentiable search"), HasSubstr("darts-tse:steps=3")));
  EXPECT_THAT(tse("status 2.tse").out, HasSubstr("6 of 6 trials"));
  EXPECT_THAT(tse("evaluate 2.tse").err, HasSubstr("expected a study of trainings to compare"));
  EXPECT_THAT(tse("export 2.tse --model n.onnx").err, HasSubstr("is trained first"));
}

TEST(Differentiate, SaysWhatToTrain) {
  const Program tse;
  const Output text = tse("differentiate --epochs 1 --seeds 1 --method darts-tse:mode=inline" + kTiny);
  ASSERT_EQ(text.code, 0) << text.err;
  EXPECT_THAT(text.out,
              AllOf(HasSubstr("darts-tse:mode=inline"), HasSubstr("tse train --space nb201:channels=4,cells=1")));
}

TEST(Differentiate, RefusesWhatCannotBe) {
  const Program tse;
  const auto refused = [&](const std::string& options, const std::string& words, int code = 2) {
    const Output output = tse("differentiate --study s.tse " + options + kTiny);
    EXPECT_EQ(output.code, code) << options << output.out;
    EXPECT_THAT(output.err, HasSubstr(words)) << options;
    EXPECT_FALSE(std::filesystem::exists(tse.folder().path() / "s.tse")) << options;
  };
  refused("--method dart", "darts");
  refused("--method darts-tse:steps=0", "steps");
  refused("--method darts --method darts:order=1", "given twice");
  refused("--method darts-tse:loss=valid-accuracy", "weighted sum");
  refused("--method drnas:part=3", "one in 3");
  refused("--method drnas:kept=5", "fewer options");
  refused("--method drnas --epochs 21", "expected 22 or more for drnas");
  refused("--method drnas:part=1,warmup_epochs=0 --epochs 1", "expected 2 or more");
  refused("--path reference --precision bf16 --method darts-tse", "expected the fast path");
  refused("--seeds 0", "seeds");
  refused("--keep-weights", "--keep-weights");
  refused("--truth none.csv:accuracy", "none.csv", 3);
  std::ofstream(tse.folder().path() / "other.csv") << "arch,accuracy\nnobody,1\n";
  refused("--truth other.csv:accuracy", "nobody", 3);
  EXPECT_THAT(
      tse("differentiate --data synthetic:size=8,train_images=64,train=64 --space nb201:channels=4,cells=1").err,
      HasSubstr("held out"));
}

/// A table that lacks what is found says so, and nothing else is lost.
TEST(Differentiate, GoesOnWhereTheTableLacksWhatIsFound) {
  const Program tse;
  const std::string command = "differentiate --epochs 1 --seeds 1 --json --method darts-tse" + kTiny;
  const Json without = tse(command + "--study a.tse").json();
  const auto arch = without.at("methods")[0].at("runs")[0].at("found")[0].at("arch").get<std::string>();
  write_table(tse);
  std::ifstream whole(tse.folder().path() / "t.csv");
  std::ofstream part(tse.folder().path() / "u.csv");
  for (std::string line; std::getline(whole, line);)
    if (line.find(arch) == std::string::npos) part << line << "\n";
  part.close();
  const Json held = tse(command + "--truth u.csv:accuracy --study b.tse").json();
  EXPECT_EQ(held.at("methods")[0].at("runs")[0].at("found")[0].at("arch"), arch);
  EXPECT_TRUE(held.at("methods")[0].at("runs")[0].at("outcomes")[0].is_null());
}

}  // namespace
}  // namespace tse
