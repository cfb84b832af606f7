// Estimators compared through the command line, on tiny studies of real trainings.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "apps/tse/program.h"
#include "tse/base/csv.h"
#include "tse/base/random.h"
#include "tse/rank/correlation.h"
#include "tse/study/study.h"

namespace tse {
namespace {

using testing::HasSubstr;

const std::string kStudy =
    " --space nb201:channels=4,cells=1 --data synthetic:size=8,train_images=256,test_images=64 --batch 32 --epochs 3 "
    "--valid-every 1 --test-at-end --json ";

const Json& row_of(const Json& evaluation, const std::string& estimator, int epochs) {
  for (const Json& row : evaluation.at("rows"))
    if (row.at("estimator") == estimator && row.at("epochs") == epochs) return row;
  throw std::runtime_error("no row of " + estimator);
}

bool row_exists(const Json& evaluation, const std::string& estimator) {
  return std::ranges::any_of(evaluation.at("rows"), [&](const Json& row) { return row.at("estimator") == estimator; });
}

/// A folder with the study s.tse of six trainings.
class Evaluate : public testing::Test {
 protected:
  void SetUp() override {
    const Output output = tse_("rank --archs 6 --study s.tse" + kStudy);
    ASSERT_EQ(output.code, 0) << output.err;
    ranking_ = output.json();
  }

  Program tse_;
  Json ranking_;
};

TEST_F(Evaluate, HasTheDocumentedJson) {
  const Output output = tse_("evaluate s.tse --json --budget-line");
  ASSERT_EQ(output.code, 0) << output.err;
  const Json evaluation = output.json();
  EXPECT_EQ(evaluation.at("study"), "s.tse");
  EXPECT_EQ(evaluation.at("outcome"), "test_accuracy");
  EXPECT_EQ(evaluation.at("trainings"), 6);
  EXPECT_EQ(evaluation.at("effective").at("recorded_epochs"), 3);
  EXPECT_EQ(evaluation.at("effective").at("schedule_end"), 200);
  EXPECT_FALSE(evaluation.at("effective").at("known"));
  for (const Json& row : evaluation.at("rows")) {
    for (const char* key : {"estimator", "epochs", "n", "spearman", "kendall", "ci95", "top10_mean_outcome",
                            "top_overlap", "regret", "diverged", "difference", "difference_ci95"})
      EXPECT_TRUE(row.contains(key)) << key;
    EXPECT_EQ(row.at("n"), 6);
  }
  // after the last epoch it is what `tse rank` measured
  for (const char* name : {"tse", "tse-e", "tse-ema", "params"}) {
    EXPECT_EQ(row_of(evaluation, name, 3).at("spearman"), ranking_.at("correlation").at(name).at("spearman")) << name;
    EXPECT_EQ(row_of(evaluation, name, 3).at("kendall"), ranking_.at("correlation").at(name).at("kendall")) << name;
  }
  double sum = 0;
  for (const Json& trial : ranking_.at("trials")) sum += trial.at("outcome").get<double>();
  EXPECT_NEAR(row_of(evaluation, "tse", 3).at("top10_mean_outcome").get<double>(), sum / 6, 1e-12);
}

/// Whoever reads the file can compute what the rows say.
TEST_F(Evaluate, WritesTheScoresOfEveryTraining) {
  const Output output = tse_("evaluate s.tse --epochs 1,3 --estimators tse,params --per-training scores.csv --json");
  ASSERT_EQ(output.code, 0) << output.err;
  const Csv table = Csv::read(tse_.folder().path() / "scores.csv");
  EXPECT_THAT(table.header(), testing::ElementsAre("arch", "test_accuracy", "tse@1", "params@1", "tse@3", "params@3"));
  ASSERT_EQ(table.rows(), 6U);
  for (const Json& row : output.json().at("rows")) {
    const std::string name = fmt::format("{}@{}", row.at("estimator").get<std::string>(), row.at("epochs").get<int>());
    std::vector<double> scores;
    std::vector<double> outcomes;
    for (std::size_t i = 0; i < table.rows(); ++i) {
      scores.push_back(table.number(i, table.column(name)));
      outcomes.push_back(table.number(i, 1));
    }
    EXPECT_EQ(spearman(scores, outcomes), row.at("spearman").get<double>()) << name;
  }
  EXPECT_EQ(tse_("evaluate s.tse s.tse --per-training scores.csv").code, 2);
  const Output again = tse_("evaluate s.tse --per-training s.tse");  // it would be gone
  EXPECT_EQ(again.code, 3);
  EXPECT_THAT(again.err, HasSubstr("it exists already"));
  EXPECT_EQ(tse_("status s.tse").code, 0);
}

TEST_F(Evaluate, RefusesScoresWithNothingNew) {
  const Output refused = tse_("evaluate s.tse --scores s.tse");
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("expected scores that s.tse lacks"));
}

TEST_F(Evaluate, RefusesScoresOfOtherArchitectures) {
  tse_.folder().write("scores.csv", std::string_view("arch,mine\nanother,1\n"));
  ASSERT_EQ(tse_("import --study scores.tse --outcome scores.csv:mine").code, 0);
  const Output refused = tse_("evaluate s.tse --scores scores.tse");
  EXPECT_EQ(refused.code, 3);
  EXPECT_THAT(refused.err, HasSubstr("[scores.tse] expected some of the architectures of s.tse"));
}

TEST_F(Evaluate, TextAndCsv) {
  const Output text = tse_("evaluate s.tse --epochs 1,3");
  ASSERT_EQ(text.code, 0) << text.err;
  EXPECT_THAT(text.out, HasSubstr("6 trainings of s.tse"));
  EXPECT_THAT(text.out, HasSubstr("the same trainings, after 3 epochs"));
  EXPECT_THAT(text.out, HasSubstr("valid-loss-sum"));
  const Output csv = tse_("evaluate s.tse --epochs all --estimators tse,params --csv");
  EXPECT_EQ(Csv::parse(csv.out, "csv").rows(), 6U);
  const Output two = tse_("evaluate s.tse s.tse --epochs 3 --estimators tse");
  EXPECT_THAT(two.out, HasSubstr("(2) 6 trainings of s.tse"));
  EXPECT_EQ(tse_("evaluate s.tse s.tse --json --estimators tse").json().at("studies").size(), 2U);
  EXPECT_THAT(tse_("evaluate s.tse --report page").err, HasSubstr("page/index.html"));
  EXPECT_TRUE(std::filesystem::exists(tse_.folder().path() / "page" / "index.html"));
}

TEST_F(Evaluate, AgainstAnotherSeed) {
  std::string archs;
  for (const Json& arch : ranking_.at("ranking")) archs += arch.get<std::string>() + "\n";
  tse_.folder().write("archs.txt", archs);
  const Output other = tse_("rank --archs archs.txt --seed 1 --study other.tse" + kStudy);
  ASSERT_EQ(other.code, 0) << other.err;
  std::string table = "arch,accuracy\n";
  const Json ranking = other.json();
  for (const Json& trial : ranking.at("trials"))
    table += trial.at("arch").get<std::string>() + "," + trial.at("outcome").dump() + "\n";
  tse_.folder().write("other.csv", table);
  const Json study = tse_("evaluate s.tse --truth-study other.tse --estimators tse --epochs 2 --json").json();
  const Json file = tse_("evaluate s.tse --truth other.csv:accuracy --estimators tse --epochs 2 --json").json();
  const Json lower = tse_("evaluate s.tse --truth other.csv:accuracy:lower --estimators tse --epochs 2 --json").json();
  EXPECT_EQ(study.at("outcome_source"), "the trainings of other.tse");
  EXPECT_EQ(study.at("rows"), file.at("rows"));
  EXPECT_DOUBLE_EQ(lower.at("rows")[0].at("spearman").get<double>(), -file.at("rows")[0].at("spearman").get<double>());
}

TEST_F(Evaluate, SweepsCurvesColumnsAndGroups) {
  const Json sweep = tse_("evaluate s.tse --estimators tse-e:epochs=1..3 --epochs 3 --json").json();
  EXPECT_EQ(sweep.at("rows").size(), 3U);
  const Json error =
      tse_("evaluate s.tse --estimators test_loss,test_loss:lower,params:lower,params --epochs 1 --json").json();
  EXPECT_EQ(row_of(error, "test_loss", 1).at("spearman"), row_of(error, "test_loss:lower", 1).at("spearman"));
  EXPECT_DOUBLE_EQ(row_of(error, "params", 1).at("spearman").get<double>(),
                   -row_of(error, "params:lower", 1).at("spearman").get<double>());
  const Json ranges = tse_("evaluate s.tse --estimators tse --epochs 1..2,3 --json").json();
  EXPECT_EQ(ranges.at("rows"), tse_("evaluate s.tse --estimators tse --epochs all --json").json().at("rows"));
  const Json curve = tse_("evaluate s.tse --curve valid_loss --estimators tse --epochs 3 --json").json();
  const Json sum = tse_("evaluate s.tse --estimators valid-loss-sum --epochs 3 --json").json();
  EXPECT_EQ(curve.at("rows")[0].at("spearman"), sum.at("rows")[0].at("spearman"));
  EXPECT_EQ(curve.at("curve"), "valid_loss");
  const Json own = tse_("evaluate s.tse --outcome params --estimators params --epochs 1 --json").json();
  EXPECT_EQ(own.at("rows")[0].at("spearman"), 1.0);
  const Json half = tse_("evaluate s.tse --estimators tse --top 50% --epochs 1 --json").json();
  EXPECT_LT(half.at("trainings"), 6);
  EXPECT_GE(half.at("trainings"), 3);
  const Json some = tse_("evaluate s.tse --outcome params --at-least 0 --estimators tse --epochs 1 --json").json();
  EXPECT_EQ(some.at("trainings"), 6);
  const Json none = tse_("evaluate s.tse --outcome params --at-least 1e12 --estimators tse --epochs 1 --json").json();
  EXPECT_EQ(none.at("trainings"), 0);
  EXPECT_EQ(none.at("at_least"), 1e12);
  std::string groups = "arch,kind\n";
  int place = 0;
  for (const Json& arch : ranking_.at("ranking"))
    groups += arch.get<std::string>() + (++place <= 3 ? ",upper\n" : ",lower\n");
  tse_.folder().write("groups.csv", groups);
  const Json grouped = tse_("evaluate s.tse --estimators tse-ema --epochs 3 --group groups.csv:kind --json").json();
  const Json& rows = grouped.at("group_rows")[0].at("groups");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].at("n"), 3);
  EXPECT_LT(rows[0].at("score_mean"), rows[1].at("score_mean"));  // lower, upper: by the same score they were split
}

TEST(EvaluateSettings, ComparesTheSettingsOfAGenerator) {
  const Program tse;
  const std::string space = " --space randwired:nodes=4,channels=2,features=4,generator=ba ";
  EXPECT_EQ(tse.shell(TSE_BIN "/tse info --per-setting 2 >list.txt" + space).code, 0);
  const Output ranked =
      tse("rank --archs list.txt --data synthetic:size=8,train_images=64,test_images=16 --batch 16 "
          "--epochs 1 --recipe randwired --test-at-end --study s.tse" +
          space);
  ASSERT_EQ(ranked.code, 0) << ranked.err;
  const Json grouped = tse("evaluate s.tse --estimators tse,params --epochs 1 --group setting --json").json();
  EXPECT_EQ(grouped.at("trainings"), 6);
  const Json& rows = grouped.at("group_rows")[0].at("groups");
  std::vector<std::string> names;
  for (const Json& row : rows) {
    names.push_back(row.at("group"));
    EXPECT_EQ(row.at("n"), 2);
  }
  EXPECT_THAT(names, testing::UnorderedElementsAre("ba(m=1)", "ba(m=2)", "ba(m=3)"));
}

TEST_F(Evaluate, SaysWhatItCannotDo) {
  const auto refused = [&](const std::string& arguments, int code, const std::string& what) {
    const Output output = tse_("evaluate " + arguments);
    EXPECT_EQ(output.code, code) << arguments << output.err;
    EXPECT_THAT(output.err, HasSubstr(what)) << arguments;
    EXPECT_EQ(output.out, "") << arguments;
  };
  tse_.folder().write("twice.csv", "arch,kind\na,x\na,y\n");
  tse_.folder().write("others.csv", "arch,kind\na,x\nb,y\n");
  EXPECT_EQ(tse_.shell(TSE_BIN "/tse evaluate s.tse --json > /dev/full").code, 3);
  refused("s.tse --estimators tse-em", 2, "tse-ema");
  refused("s.tse --estimators lcsvr", 2, "lcsvr:train=");
  refused("s.tse --epochs 4", 2, "[1, 3]");
  refused("s.tse --epochs 1,x", 2, "'x'");
  refused("s.tse --epochs 2..1", 2, "FROM..TO");
  refused("s.tse --top 0", 2, "share");
  refused("s.tse --at-least nan", 2, "outcome");
  refused("s.tse --group twice.csv:kind", 3, "twice.csv");
  refused("s.tse --group others.csv:kind", 3, "none");
  refused("s.tse --group others.csv:kin", 2, "kind");
  refused("s.tse --group setting", 2, "not drawn by a generator");
  refused("s.tse --group params --csv", 2, "--json");
  refused("s.tse --curve valid_los", 2, "valid_loss");
  refused("s.tse --curve train_error", 2, "valid_accuracy");
  refused("s.tse --outcome nonsense", 2, "test_accuracy");
  refused("s.tse --outcome params --truth-study s.tse", 2, "several");
  refused("nowhere.tse", 3, "nowhere.tse");
}

TEST_F(Evaluate, LeavesTheStudyAsItWas) {
  const auto before = tse_.shell("sha256sum s.tse").out;
  ASSERT_EQ(tse_("evaluate s.tse").code, 0);
  ASSERT_EQ(tse_("budget s.tse").code, 0);
  EXPECT_EQ(tse_.shell("sha256sum s.tse").out, before);
}

TEST_F(Evaluate, Budget) {
  const Output output = tse_("budget s.tse --json --below 100");
  ASSERT_EQ(output.code, 0) << output.err;
  EXPECT_EQ(output.json().at("first_overfit"), 1);
  EXPECT_EQ(output.json().at("effective"), 1);
  EXPECT_EQ(output.json().at("criterion").at("below"), 100);
  const Output text = tse_("budget s.tse --below 0");
  EXPECT_THAT(text.out, HasSubstr("none has a sign"));
  EXPECT_THAT(text.out, HasSubstr("Effective budget: 2 epochs (0.9 of 3)"));
  EXPECT_EQ(tse_("budget s.tse --curve valid_accuracy").code, 2);
  EXPECT_THAT(tse_("budget s.tse --curve valid_loss").out, HasSubstr("In the place of the training loss: valid_loss."));
  EXPECT_EQ(tse_("budget s.tse --curve valid_loss --json").json().at("curve"), "valid_loss");
}

TEST_F(Evaluate, SaysTheSameOfTheCurvesExportedAndImported) {
  ASSERT_EQ(tse_("export s.tse --csv t").code, 0);
  const Output imported = tse_(
      "import --study i.tse train_loss=t/train_loss.csv valid_loss=t/valid_loss.csv "
      "valid_accuracy=t/valid_accuracy.csv "
      "--outcome t/final.csv:test_accuracy");
  ASSERT_EQ(imported.code, 0) << imported.err;
  const std::string options = " --json --estimators tse,tse-e,tse-ema,valid-loss-sum,valid-accuracy,params";
  Json ours = tse_("evaluate s.tse" + options).json().at("rows");
  Json table = tse_("evaluate i.tse" + options).json().at("rows");
  for (Json* rows : {&ours, &table}) {
    ASSERT_EQ(rows->size(), 18U);
    for (Json& row : *rows) row.erase("fraction");  // a table does not say how long the schedule was
  }
  EXPECT_EQ(table, ours);
}

TEST_F(Evaluate, TakesScoresFromAnotherStudy) {
  ASSERT_EQ(tse_("export s.tse --csv t").code, 0);
  ASSERT_EQ(tse_.shell("tail -n +2 t/final.csv | cut -d, -f1 | tail -n 5 > five.txt").code, 0);  // one is not scored
  const Output scored = tse_(
      "score --archs five.txt --estimators synflow,snip --truth t/final.csv:test_accuracy --study z.tse --json --batch "
      "8 "
      "--space nb201:channels=4,cells=1 --data synthetic:size=8,train_images=256,test_images=64");
  ASSERT_EQ(scored.code, 0) << scored.err;
  EXPECT_FALSE(row_exists(tse_("evaluate s.tse --json").json(), "synflow"));
  const Json evaluation = tse_("evaluate s.tse --scores z.tse --json").json();
  for (const char* name : {"synflow", "snip:batch=8"}) {
    EXPECT_EQ(row_of(evaluation, name, 3).at("n"), 5) << name;
    EXPECT_EQ(row_of(evaluation, name, 3).at("spearman"), scored.json().at("correlation").at(name).at("spearman"))
        << name;
  }
  EXPECT_EQ(row_of(evaluation, "tse", 3).at("n"), 6);
}

/// A study of eight trainings of three epochs, of which one diverged in the second.
void make_mixed_study(const std::filesystem::path& file) {
  Plan plan{.verb = "rank",
            .space = "nb201:channels=4,cells=1",
            .data = "synthetic:size=8",
            .recipe = "nb201",
            .budget = {.epochs = 3, .valid_every = 1, .test_at_end = true},
            .engine = {},
            .estimators = {"tse-ema", "tse", "params"},
            .truth = nullptr,
            .command_line = {},
            .manifest = {}};
  const auto space = make_space(plan.space);
  std::vector<Arch> archs;
  for (std::uint64_t index = 1000; index < 1800; index += 100) archs.push_back(space->at(index));
  const auto store = begin_study(file, plan, make_jobs(plan, archs));
  const DataRecord record{.digest = {}, .task = {}, .train = 4, .valid = 4, .test = 4};
  store->remember("data", to_json(record));
  Stream random(1);
  for (int trial = 0; trial < 8; ++trial) {
    const auto claim = store->claim(self(), 60);
    Trace trace{.status = TraceStatus::ok, .train_images = 4, .batch = 2, .step_loss = {}};
    for (int step = 0; step < 6; ++step) trace.step_loss.push_back(2 - 0.1 * step + 0.2 * random.unit());
    for (int epoch = 1; epoch <= 3; ++epoch)
      trace.evaluations.push_back(
          {.split = "valid", .epoch = epoch, .loss = 1 + random.unit(), .accuracy = random.unit()});
    trace.evaluations.push_back({.split = "test", .epoch = 3, .loss = 1, .accuracy = 0.3 + 0.5 * random.unit()});
    if (trial == 4) {
      trace.status = TraceStatus::diverged;
      trace.step_loss.resize(4);
      trace.step_loss.back() = std::nan("");
      trace.evaluations.resize(1);
    }
    ASSERT_TRUE(store->finish(claim->lease, trace));
  }
}

TEST(EvaluateMixed, ATrainingThatDivergedCountsTheSameEverywhere) {
  const Program tse;
  make_mixed_study(tse.folder().path() / "m.tse");
  const Json evaluation = tse("evaluate m.tse --json --estimators tse-ema,tse,params --epochs all").json();
  const Json ranking = tse("report m.tse --json").json();
  for (const char* name : {"tse-ema", "tse", "params"}) {
    const Json row = row_of(evaluation, name, 3);
    EXPECT_EQ(row.at("n"), 8) << name;
    EXPECT_EQ(row.at("spearman"), ranking.at("correlation").at(name).at("spearman")) << name;
  }
  EXPECT_EQ(row_of(evaluation, "tse", 3).at("diverged"), 1);
  EXPECT_EQ(row_of(evaluation, "tse", 1).at("diverged"), 0);
  EXPECT_THAT(evaluation.at("outcome_source").get<std::string>(), HasSubstr("chance level for 1"));

  ASSERT_EQ(tse("export m.tse --csv t").code, 0);
  ASSERT_EQ(tse("import --study i.tse train_loss=t/train_loss.csv --outcome t/final.csv:test_accuracy").code, 0);
  Json table = tse("evaluate i.tse --json --estimators tse-ema,tse,params --epochs all").json().at("rows");
  Json ours = evaluation.at("rows");
  for (Json* rows : {&ours, &table})
    for (Json& row : *rows) row.erase("fraction");
  EXPECT_EQ(table, ours);
}

}  // namespace
}  // namespace tse
