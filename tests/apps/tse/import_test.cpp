// `tse import` as people meet it, and what the other verbs say of a study that it made.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "apps/tse/program.h"
#include "table/nb301_log.h"

namespace tse {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kNats = "import --nats '" TSE_SOURCE "/tests/table/nats_tiny' ";

void write_tables(const Program& tse) {
  tse.folder().write("loss.csv", std::string_view("arch,e1,e2\na,3,2\nb,nan,1\n"));
  tse.folder().write("final.csv", std::string_view("arch,perplexity,params\na,90,5\nb,80,6\n"));
}

TEST(Import, PrintsWhatIsThere) {
  const Program tse;
  write_tables(tse);
  const Output output = tse("import --json --study s.tse train_loss=loss.csv --outcome final.csv:perplexity:lower");
  ASSERT_EQ(output.code, 0) << output.err;
  const Json json = output.json();
  EXPECT_EQ(json["study"], "s.tse");
  EXPECT_EQ(json["rows"], 2);
  EXPECT_EQ(json["epochs"], 2);
  EXPECT_EQ(json["metrics"], Json({{"train_loss", 3}}));
  EXPECT_EQ(json["columns"], Json({{"params", 2}, {"perplexity", 2}}));
  EXPECT_EQ(json["outcome"], Json({{"column", "perplexity"}, {"lower", true}, {"values", 2}}));
  EXPECT_EQ(json["source"]["curves"]["train_loss"]["file"], "loss.csv");

  // the other verbs know such a study
  EXPECT_EQ(tse("resume s.tse --json").json(), json);
  EXPECT_EQ(tse("status s.tse --json").json(), json);
  EXPECT_THAT(tse("status s.tse").out, AllOf(HasSubstr("2 imported rows, 2 epochs"), HasSubstr("train_loss       3"),
                                             HasSubstr("perplexity, lower is better, 2 of 2")));
  const Output report = tse("report s.tse");
  EXPECT_EQ(report.code, 2);
  EXPECT_THAT(report.err, HasSubstr("tse evaluate"));
  const Output rank = tse("rank --study s.tse");
  EXPECT_EQ(rank.code, 2) << rank.err;
  EXPECT_THAT(rank.err, HasSubstr("imported curves"));
}

TEST(Import, IsTheSameStudyOrRefused) {
  const Program tse;
  write_tables(tse);
  const std::string command = "import --study s.tse train_loss=loss.csv";
  ASSERT_EQ(tse(command).code, 0);
  EXPECT_EQ(tse(command).code, 0);
  tse.folder().write("loss.csv", std::string_view("arch,e1,e2\na,3,2.5\nb,nan,1\n"));
  const Output other = tse(command);
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.err, HasSubstr("holds others"));
}

TEST(Import, MakesAStudyUnderRunsWithoutAName) {
  const Program tse;
  write_tables(tse);
  const Output output = tse("import --outcome final.csv:params");
  ASSERT_EQ(output.code, 0) << output.err;
  EXPECT_THAT(output.err, HasSubstr("study runs/import-"));
  EXPECT_THAT(output.out, HasSubstr("2 imported rows, 0 epochs"));
}

TEST(Import, ReadsNatsBench) {
  const Program tse;
  const Output output = tse(std::string(kNats) + "--study s.tse --json --dataset cifar10-valid --hp 200 --run 888");
  ASSERT_EQ(output.code, 0) << output.err;
  const Json json = output.json();
  EXPECT_EQ(json["rows"], 2);
  EXPECT_EQ(json["epochs"], 5);
  EXPECT_EQ(json["metrics"]["valid_accuracy"], 10);
  EXPECT_EQ(json["metrics"]["test_accuracy"], 2);
  EXPECT_EQ(json["outcome"]["column"], "ori-test_accuracy");
  EXPECT_EQ(json["source"]["without_run"], 1);
  EXPECT_THAT(tse("status s.tse").out, AllOf(HasSubstr("dataset: cifar10-valid"), HasSubstr("split x-valid"),
                                             HasSubstr("split ori-test"), HasSubstr("cells without that run: 1")));
}

TEST(Import, ReadsAFileOfNds) {
  const Program tse;
  const Output output = tse("import --study s.tse --json --nds '" TSE_SOURCE "/tests/table/nds_tiny/ResNet.json'");
  ASSERT_EQ(output.code, 0) << output.err;
  const Json json = output.json();
  EXPECT_EQ(json["rows"], 3);
  EXPECT_EQ(json["epochs"], 5);
  EXPECT_EQ(json["outcome"], Json({{"column", "test_error"}, {"lower", true}, {"values", 3}}));
  EXPECT_THAT(tse("status s.tse").out,
              AllOf(HasSubstr("space: resnet"), HasSubstr("architectures outside the space: 1"),
                    HasSubstr("trainings of an architecture that came before: 1")));
  const Output scores = tse("evaluate s.tse --epochs 2 --estimators tse,valid-accuracy:split=test --bootstrap 0");
  EXPECT_EQ(scores.code, 0) << scores.err;
}

struct Refusal {
  std::string arguments;
  int code;
  const char* words;
};

TEST(Import, RefusesWithPlaceRuleAndValue) {
  const Program tse;
  write_tables(tse);
  tse.folder().write("twice.csv", std::string_view("arch,e1\na,3\na,4\n"));
  const std::string nats = kNats;
  for (const Refusal& refusal : {
           Refusal{"import", 2, "expected curves, an outcome, or both"},
           Refusal{"import loss.csv", 2, "METRIC=FILE.csv"},
           Refusal{"import train_los=loss.csv", 2, "did you mean 'train_loss'?"},
           Refusal{"import train_loss=loss.csv train_loss=loss.csv", 2, "comes twice"},
           Refusal{"import train_loss=missing.csv", 3, "missing.csv"},
           Refusal{"import train_loss=twice.csv", 3, "twice.csv:3:1"},
           Refusal{"import train_loss=final.csv", 3, "'e1'; got 'perplexity'"},
           Refusal{"import train_loss=loss.csv --outcome final.csv", 2, "FILE.csv:COLUMN"},
           Refusal{"import train_loss=loss.csv --outcome final.csv:loss", 2, "unknown column 'loss'"},
           Refusal{"import train_loss=loss.csv --run 777", 2, "expected --nats"},
           Refusal{nats + "train_loss=loss.csv", 2, "--nb301 or --nds; got more than one"},
           Refusal{nats + "--nb301 logs", 2, "--nb301 or --nds; got more than one"},
           Refusal{"import --nb301 logs train_loss=loss.csv", 2, "--nb301 or --nds; got more than one"},
           Refusal{"import --nb301 nowhere", 3, "nowhere"},
           Refusal{nats, 2, "a data set, one of cifar10-valid"},
           Refusal{nats + "--dataset cifar10", 2, "one of 12, 200"},
           Refusal{nats + "--dataset cifar10 --hp 12", 2, "777, 888, 999, mean"},
           Refusal{nats + "--dataset cifar100 --hp 12 --run mean", 2, "ori-test, x-test"},
           Refusal{nats + "--dataset cifar10 --hp 12 --run mean --outcome accuracy", 2, "unknown column 'accuracy'"},
           Refusal{"import --nds nowhere.json", 3, "nowhere.json"},
           Refusal{"import --nds nowhere.json train_loss=loss.csv", 2, "got more than one"},
           Refusal{"import --nats nowhere --dataset cifar10", 3, "nowhere"},
       }) {
    const Output output = tse(refusal.arguments);
    EXPECT_EQ(output.code, refusal.code) << refusal.arguments << '\n' << output.err;
    EXPECT_THAT(output.err, HasSubstr(refusal.words)) << refusal.arguments;
    EXPECT_EQ(output.out, "") << refusal.arguments;
  }
  EXPECT_FALSE(std::filesystem::exists(tse.folder().path() / "runs"));
}

/// Its architectures are those of the space `darts`, in that space's own spelling.
TEST(Import, ReadsNasBench301) {
  const Program tse;
  tse.folder().write("rs/results_0.json", nb301_log().dump());
  const Output output = tse("import --json --study s.tse --nb301 rs");
  ASSERT_EQ(output.code, 0) << output.err;
  EXPECT_EQ(output.json()["rows"], 1);
  EXPECT_EQ(output.json()["metrics"], Json({{"train_loss", 3}, {"train_accuracy", 3}, {"valid_accuracy", 2}}));
  EXPECT_EQ(output.json()["outcome"], Json({{"column", "test_accuracy"}, {"lower", false}, {"values", 1}}));
  const Output info = tse(std::string("info --json --space darts:channels=32 --arch '") + kNb301Arch + "'");
  ASSERT_EQ(info.code, 0) << info.err;
  EXPECT_EQ(info.json()["arch"], kNb301Arch);
}

TEST(Import, HelpSaysWhatTheFilesAre) {
  const Program tse;
  const std::string help = tse("import --help").out;
  for (const char* words : {"arch,e1", "--outcome", "--dataset", "--test-split", "not recorded"})
    EXPECT_THAT(help, HasSubstr(words));
}

}  // namespace
}  // namespace tse
