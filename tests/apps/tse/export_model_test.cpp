// A trained network that leaves: it gives elsewhere what it gave here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "apps/tse/program.h"
#include "tse/base/file.h"
#include "tse/study/study.h"

namespace tse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

namespace fs = std::filesystem;

constexpr int kNotInstalled = 77;
constexpr const char* kArch =
    "'|nor_conv_3x3~0|+|avg_pool_3x3~0|nor_conv_1x1~1|+|skip_connect~0|none~1|nor_conv_3x3~2|'";
constexpr const char* kFashion = "fashion-mnist:train=500,valid=100,test=200";
constexpr const char* kSynthetic = "synthetic:size=8,train_images=128,test_images=16";

bool has_fashion_mnist() { return fs::exists("/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz"); }

class ExportModel : public testing::Test {
 protected:
  void train(const std::string& study, const std::string& data, const std::string& options = "") const {
    const Output trained = tse("train --epochs 1 --batch 50 --space nb201:channels=4,cells=2 --arch " +
                               std::string(kArch) + " --data " + data + " --study " + study + " " + options);
    ASSERT_EQ(trained.code, 0) << trained.err;
  }

  bool there(const char* name) const { return fs::exists(tse.folder().path() / name); }

  const Program tse;
};

class ExportModelOf : public ExportModel, public testing::WithParamInterface<std::string> {};

// The accuracy over raw images of the data set's own files says that the normalisation within is the right one.
TEST_P(ExportModelOf, GivesElsewhereWhatItGaveHere) {
  if (!has_fashion_mnist()) GTEST_SKIP() << "Fashion-MNIST is not installed";
  train("s.tse", kFashion, "--precision " + GetParam());
  for (const char* ending : {"pt", "onnx", "py"}) {
    const Output made = tse(std::string("export s.tse --json --model m/model.") + ending +
                            (std::string(ending) == "pt" ? " --sample m/sample.safetensors" : ""));
    ASSERT_EQ(made.code, 0) << made.err;
    const Json model = made.json().at("model");
    if (model.at("difference").is_null()) {
      EXPECT_THAT(model.at("checked").get<std::string>(), testing::HasSubstr("not run, since"));
    } else {
      EXPECT_LE(model.at("difference").get<double>(), 1e-4);
    }
  }
  const Output checked = tse.shell(TSE_SOURCE "/tests/export/check_models.py --fashion-mnist m");
  if (checked.code == kNotInstalled) GTEST_SKIP() << checked.out;
  EXPECT_EQ(checked.code, 0) << checked.out << checked.err;
  std::printf("%s", checked.out.c_str());
}

INSTANTIATE_TEST_SUITE_P(Precisions, ExportModelOf, testing::Values("fp32", "bf16"),
                         [](const auto& test) { return test.param; });

TEST_F(ExportModel, SaysWhatItWroteAndChecked) {
  train("s.tse", kSynthetic);
  const Json model = tse("export s.tse --model net.py --json").json().at("model");
  EXPECT_THAT(model.at("files"), ElementsAre("net.safetensors", "net.py"));
  EXPECT_EQ(model.at("trial"), 0);
  EXPECT_THAT(model.at("checked").get<std::string>(), StartsWith("weights read back, bit by bit"));
  const Output text = tse("export s.tse --model net.onnx");
  EXPECT_THAT(text.out, StartsWith("net.onnx: trial 0, |nor_conv_3x3~0|"));
}

TEST_F(ExportModel, IsOfTheBestTrialOrTheOneThatIsNamed) {
  const Output ranked =
      tse("rank --archs 3 --epochs 1 --keep-weights --json --study s.tse --batch 32 --space "
          "nb201:channels=4,cells=1 --data " +
          std::string(kSynthetic));
  ASSERT_EQ(ranked.code, 0) << ranked.err;
  EXPECT_EQ(tse("export s.tse --model a.pt --json").json().at("model").at("arch"), ranked.json().at("ranking").at(0));
  EXPECT_EQ(tse("export s.tse --model b.pt --trial 2 --json").json().at("model").at("trial"), 2);
  const Output missing = tse("export s.tse --model c.pt --trial 3");
  EXPECT_EQ(missing.code, 2);
  EXPECT_FALSE(there("c.pt"));
}

/// Also where it went by no estimator, and where the training was scored before.
TEST_F(ExportModel, OfASearchIsItsWinner) {
  for (const char* objective : {"params", "blend"}) {
    const std::string study = std::string(objective) + ".tse";
    const Json search = tse("search --algo random --budget 3trials --epochs 1 --keep-weights --json --batch 32 --space "
                            "nb201:channels=4,cells=1 --data " +
                            std::string(kSynthetic) + " --objective " + objective + " --study " + study)
                            .json();
    const Output made = tse("export " + study + " --json --model " + objective + ".onnx");
    ASSERT_EQ(made.code, 0) << made.err;
    EXPECT_EQ(made.json().at("model").at("arch"), search.at("best").at("arch"));
  }
}

TEST_F(ExportModel, NeedsWeights) {
  ASSERT_EQ(tse("rank --archs 1 --epochs 1 --study s.tse --batch 32 --space nb201:channels=4,cells=1 --data " +
                std::string(kSynthetic))
                .code,
            0);
  const Output refused = tse("export s.tse --model net.pt");
  EXPECT_EQ(refused.code, 3);
  EXPECT_THAT(refused.err, HasSubstr("--keep-weights"));
  EXPECT_FALSE(there("net.pt"));
  ASSERT_EQ(
      tse("score --archs 1 --study scores.tse --space nb201:channels=4,cells=1 --data " + std::string(kSynthetic)).code,
      0);
  EXPECT_EQ(tse("export scores.tse --model net.pt").code, 2);
}

TEST_F(ExportModel, ReplacesNothing) {
  train("s.tse", kSynthetic);
  tse.folder().write("net.onnx", std::string_view("mine"));
  tse.folder().write("other.safetensors", std::string_view("mine"));
  tse.folder().write("file", std::string_view("mine"));
  for (const char* file : {"net.onnx", "other.py", "new.pt --sample other.safetensors", "file/net.pt"}) {
    const Output refused = tse(std::string("export s.tse --model ") + file);
    EXPECT_EQ(refused.code, 3) << file;
  }
  for (const char* file : {"net.h5", "net", "net.pt --to s2.tse --trial -2", "net.py --sample net.safetensors"})
    EXPECT_EQ(tse(std::string("export s.tse --model ") + file).code, 2) << file;
  EXPECT_EQ(tse("export s.tse --csv t --trial 0").code, 2);
  EXPECT_EQ(as_text(read_file(tse.folder().path() / "net.onnx", 100)), "mine");
  EXPECT_FALSE(there("other.py"));
  EXPECT_FALSE(there("new.pt"));
  EXPECT_EQ(tse.shell("ls -A | grep -c 'tmp'").out, "0\n");
}

TEST_F(ExportModel, NeedsADiskWithRoom) {
  train("s.tse", kSynthetic);
  const Output refused = tse.shell("ulimit -f 4; " TSE_BIN "/tse export s.tse --model net.pt");
  EXPECT_EQ(refused.code, 3) << refused.err;
  EXPECT_FALSE(there("net.pt"));
}

// Older versions did not remember names and normalisation.
TEST_F(ExportModel, OfAnOlderStudyReadsTheImagesAgain) {
  train("new.tse", kSynthetic);
  ASSERT_EQ(tse("export new.tse --model new.onnx").code, 0);
  Plan plan;
  const auto store = open_study(tse.folder().path() / "new.tse", Access::read, plan);
  Json data = store->recall("data").value();
  for (const char* newer : {"class_names", "mean", "deviation"}) data.erase(newer);
  begin_study(tse.folder().path() / "old.tse", plan, {store->trial(0).job}, {.facts = {{"data", data}}});
  ASSERT_EQ(tse("resume old.tse").code, 0);
  const Output made = tse("export old.tse --model old.onnx");
  EXPECT_EQ(made.code, 0) << made.err;
  EXPECT_THAT(made.err, HasSubstr("begun by an older tse"));
  EXPECT_EQ(read_file(tse.folder().path() / "old.onnx", 1U << 24U),
            read_file(tse.folder().path() / "new.onnx", 1U << 24U));
}

}  // namespace
}  // namespace tse
