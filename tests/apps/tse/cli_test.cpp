// The command line as people meet it: exit codes, messages, JSON.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/resource.h>

#include <algorithm>
#include <string>
#include <vector>

#include "apps/tse/program.h"

namespace tse {
namespace {

using testing::HasSubstr;

constexpr const char* kCell = "'|nor_conv_3x3~0|+|none~0|avg_pool_3x3~1|+|skip_connect~0|none~1|nor_conv_1x1~2|'";

TEST(Info, KnowsTheSpace) {
  const Program tse;
  const Json facts = tse("info --space nb201 --json").json();
  EXPECT_EQ(facts.at("size"), 15625);
  EXPECT_EQ(facts.at("unique"), 6466);
  EXPECT_EQ(facts.at("connected"), 15284);
}

/// The benchmark's own numbers of this cell: 73306 + 243040 + 28000 parameters (arXiv 2001.00326's networks).
TEST(Info, KnowsACell) {
  const Program tse;
  const Json facts = tse(std::string("info --json --arch ") + kCell).json();
  EXPECT_EQ(facts.at("params"), 344346);
  EXPECT_EQ(facts.at("macs"), 7783050 + 35389440 + 3932160);
  EXPECT_EQ(facts.at("connected"), true);
  for (const char* as : {"graph", "dot", "cell-dot", "graph-json"}) {
    const Output output = tse(std::string("info --arch ") + kCell + " --as " + as);
    EXPECT_EQ(output.code, 0) << as;
    EXPECT_THAT(output.out, HasSubstr(as == std::string("cell-dot") ? "avg_pool_3x3" : "stage1.cell1.edge_1_0.conv"));
  }
}

TEST(Info, WritesArchitecturesOfEachSetting) {
  const Program tse;
  const std::string lines = tse("info --space randwired --per-setting 8").out;
  EXPECT_EQ(std::ranges::count(lines, '\n'), 69 * 8);
  EXPECT_THAT(lines, testing::StartsWith("ws(k=2,p=0,seed=0)\nws(k=2,p=0,seed=1)\n"));
  const Json json = tse("info --space randwired:generator=er,p=0.5 --per-setting 1 --json").json();
  EXPECT_EQ(json, Json::parse(R"json({"space": "randwired:generator=er,p=0.5",
                                  "archs": [{"arch": "er(p=0.5,seed=0)", "setting": "er(p=0.5)"}]})json"));
}

/// The seconds of a core that the ended children of this process have used.
double children_seconds() {
  rusage used{};
  getrusage(RUSAGE_CHILDREN, &used);
  const auto seconds = [](const timeval& time) { return double(time.tv_sec) + double(time.tv_usec) / 1e6; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// The command line must not load libtorch, which alone takes 0.7 s. It is the core's time that is measured, of the
/// best of some runs, about 0.04 s: how long a program waits for its turn on a busy machine says nothing about it, and
/// what runs on the other half of a core can double what it takes.
TEST(Info, AnswersAtOnce) {
  const Program tse;
  double best = 1e9;
  for (int run = 0; run < 10; ++run) {
    const double before = children_seconds();
    EXPECT_EQ(tse(std::string("info --arch ") + kCell).code, 0);
    best = std::min(best, children_seconds() - before);
  }
  EXPECT_GT(best, 0);
#ifdef NDEBUG
  EXPECT_LT(best, 0.2);
#else
  EXPECT_LT(best, 0.5);
#endif
  EXPECT_THAT(tse.shell("ldd " TSE_BIN "/tse").out, testing::Not(HasSubstr("torch")));
}

TEST(List, NamesEverything) {
  const Program tse;
  const Json all = tse("list --json").json();
  for (const char* kind : {"spaces", "data", "estimators", "fitted_estimators", "recipes"})
    EXPECT_FALSE(all.at(kind).empty()) << kind;
  const std::string text = tse("list").out;
  for (const char* name : {"nb201", "fashion-mnist", "cifar10", "images", "tse-ema-paper", "nb201-12"})
    EXPECT_THAT(text, HasSubstr(name));
  for (const auto& [kind, entries] : all.items()) {
    for (const Json& entry : entries) EXPECT_THAT(text, HasSubstr(entry.at("summary").get<std::string>())) << kind;
  }
  EXPECT_EQ(text.find("learning rate at the first step"), text.rfind("learning rate at the first step"));
}

struct Refusal {
  const char* arguments;
  int code;
  const char* words;
};

/// Everything that can be wrong is refused with its place, the rule and the value, before anything is written.
TEST(Usage, IsRefusedWithPlaceRuleAndValue) {
  const Program tse;
  tse.folder().write(
      "bad.txt",
      std::string_view(
          "# "
          "cells\n|none~0|+|none~0|none~1|+|none~0|none~1|none~2|\n|none~0|+|none~9|none~1|+|none~0|none~1|none~2|\n"));
  const std::string cell = std::string(kCell).substr(1, std::string(kCell).size() - 2) + "\n";
  tse.folder().write("twice.txt", cell + "\n" + cell);
  tse.folder().write("empty.txt", std::string_view("\n# nothing\n"));
  std::filesystem::create_symlink("nowhere.tse", tse.folder().path() / "link");
  tse.folder().write("truth.csv", std::string_view("arch,accuracy\nx,1\n"));
  for (const Refusal& refusal : {
           Refusal{"", 2, "subcommand is required"},
           Refusal{"frobnicate", 2, "frobnicate"},
           Refusal{"rank --frobnicate", 2, "[tse rank] unknown option '--frobnicate'; known are"},
           Refusal{"rank --epoch 5", 2, "did you mean '--epochs'?"},
           Refusal{"score --archs 2 rubbish", 2, "[tse score] expected no 'rubbish' there"},
           Refusal{"oneshot --keep-weights", 2, "unknown option '--keep-weights'"},
           Refusal{"rank --epochs 0", 2, "epochs must be in [1, 1000000]; got '0'"},
           Refusal{"rank --epochs many", 2, "epochs must be a whole number; got 'many'"},
           Refusal{"rank --batch 100000", 2, "batch must be in [0, 65536]; got '100000'"},
           Refusal{"rank --precision fp64", 2, "precision must be one of"},
           Refusal{"rank --device tpu", 2, "device must be one of auto, cpu, cuda, cuda:0"},
           Refusal{"rank --threads 0", 2, "threads must be in"},
           Refusal{"rank --seed -1", 2, "seed must be"},
           Refusal{"rank --seed 18446744073709551616", 2, "seed must be in [0, 18446744073709551615]"},
           Refusal{"rank --recipe nb201:lr=1e-400", 2, "lr must be in [0, 1000], and 0 or of a size from"},
           Refusal{"rank --space nb20", 2, "did you mean 'nb201'?"},
           Refusal{"rank --space nb201:channels=0", 2, "channels must be in [1, 1024]; got '0'"},
           Refusal{"rank --space nb201:colour=red", 2, "unknown option 'colour'"},
           Refusal{"rank --data fashion-mnits", 2, "did you mean 'fashion-mnist'?"},
           Refusal{"rank --data synthetic:size", 2, "expected key=value"},
           Refusal{"rank --recipe nb202", 2, "unknown recipe"},
           Refusal{"rank --recipe nb201:lr=-1", 2, "lr must be in [0, 1000]; got '-1'"},
           Refusal{"rank --estimator tse-emu", 2, "tse-ema"},
           Refusal{"rank --archs 0", 2, "[--archs] expected a whole number in [1,"},
           Refusal{"rank --archs -1", 2, "[--archs] expected a whole number in [1,"},
           Refusal{"rank --archs 2.5", 2, "[--archs] expected a whole number in [1,"},
           Refusal{"rank --archs nan", 2, "[--archs] expected a whole number in [1,"},
           Refusal{"rank --archs .", 3, "got a folder"},
           Refusal{"oneshot --data synthetic --candidates 0", 2, "[--candidates] expected a whole number"},
           Refusal{"search --data synthetic --objective lcsvr", 2, "[--objective] expected one that learns from no"},
           Refusal{"rank --data synthetic --estimator tse --estimator tse", 2, "[--estimator] expected each once"},
           Refusal{"rank --data synthetic --estimator valid-loss", 2, "they give nothing for valid-loss"},
           Refusal{"rank --data synthetic --epochs 1 --estimator tse-e:epochs=5", 2, "nothing for tse-e:epochs=5"},
           Refusal{"rank --data synthetic --epochs 1 --estimator train-loss-minibatch:step=999999", 2, "a step must"},
           Refusal{"rank --data synthetic --estimator valid-accuracy-final", 2, "the end of the schedule"},
           Refusal{"rank --data synthetic --estimator column:name=luck", 2, "nothing for column:name=luck"},
           Refusal{"data verify synthetic", 2, "[synthetic] expected a data set of files that are known by name"},
           Refusal{"score --data synthetic:train_images=40,size=8 --archs 2", 2, "[snip] expected at least the 64"},
           Refusal{"search --data synthetic --first-rung 2", 2, "[--first-rung] expected --halving beside it"},
           Refusal{"data frobnicate", 2, "[tse data] unknown verb 'frobnicate'; known are list"},
           Refusal{"bench frobnicate", 2, "[tse bench] unknown verb 'frobnicate'"},
           Refusal{"bench train --seconds -1", 2, "[tse bench train] seconds must be in"},
           Refusal{"info --data synthetic", 2, "[--data] expected --arch beside it"},
           Refusal{"search --data synthetic --budget 0.0000001h", 2, "expected a budget"},
           Refusal{"differentiate --space darts:auxiliary=0.4 --data synthetic:size=8", 2, "for the auxiliary head"},
           Refusal{"rank --data synthetic --study link", 3, "the symbolic link leads to nowhere.tse"},
           Refusal{"status link", 3, "the symbolic link leads to nowhere.tse"},
           Refusal{"rank --data synthetic --report bad.txt", 3, "bad.txt is none"},
           Refusal{"rank --data synthetic --report /proc/page", 3, "none can be made there"},
           Refusal{"rank --archs missing.txt", 3, "missing.txt"},
           Refusal{"rank --archs bad.txt", 3, "bad.txt:3"},
           Refusal{"rank --archs twice.txt", 3, "twice.txt:3] expected each architecture once; that of line 1"},
           Refusal{"rank --archs empty.txt", 3, "expected at least one architecture"},
           Refusal{"rank --truth truth.csv:accuracy", 3, "truth.csv"},
           Refusal{"rank --truth truth.csv:nothing", 2, "unknown column 'nothing'"},
           Refusal{"rank --truth truth.csv", 2, "FILE.csv:COLUMN"},
           Refusal{"train", 2, "--arch"},
           Refusal{"train --arch '|none~0|'", 2, "expected 3 nodes"},
           Refusal{"info --arch '|none~0|+|none~0|none~0|+|none~0|none~1|none~2|'", 2, "node 2, edge 1"},
           Refusal{"info --as dot", 2, "needs --arch"},
           Refusal{"info --per-setting 2", 2, "nb201"},
           Refusal{"info --space randwired --per-setting 2 --as dot", 2, "neither --arch nor --as"},
           Refusal{"info --space randwired --arch 'ws(k=4,p=2,seed=1)'", 2, "at character 10"},
           Refusal{"info --json --as dot --arch x", 2, "dot is no JSON"},
           Refusal{"status nowhere.tse", 3, "nowhere.tse"},
           Refusal{"resume nowhere.tse", 3, "nowhere.tse"},
           Refusal{"report bad.txt", 3, "bad.txt"},
       }) {
    const Output output = tse(refusal.arguments);
    EXPECT_EQ(output.code, refusal.code) << refusal.arguments << '\n' << output.err;
    EXPECT_THAT(output.err, HasSubstr(refusal.words)) << refusal.arguments;
    EXPECT_EQ(output.out, "") << refusal.arguments;
  }
  EXPECT_FALSE(std::filesystem::exists(tse.folder().path() / "runs"));
}

TEST(Help, NamesDefaultsAndRanges) {
  const Program tse;
  const std::string help = tse("rank --help").out;
  EXPECT_THAT(help, HasSubstr("--schedule-epochs"));
  EXPECT_THAT(help, HasSubstr("in [1, 1000000]; default 1"));
  EXPECT_THAT(help, HasSubstr("default fashion-mnist"));
  EXPECT_THAT(tse("train --help").out, testing::ContainsRegex("--epochs[^-]*in\\s*\\[0, 1000000\\]; default 0"));
}

}  // namespace
}  // namespace tse
