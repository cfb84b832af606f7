#include "tse/table/nb301.h"

#include <cmath>
#include <filesystem>
#include <string>

#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "table/nb301_log.h"
#include "tse/base/error.h"

namespace tse {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

const std::string kDarts = "NetworkSelectorDatasetInfo:darts:";

std::string refusal(const Json& log) {
  return message_of<DataError>([&] { parse_nb301(log.dump(), "file"); });
}

TEST(Nb301, ReadsARun) {
  const Nb301Run run = parse_nb301(nb301_log().dump(), "file");
  EXPECT_EQ(run.arch, kNb301Arch);
  EXPECT_EQ(run.cells, 8);
  EXPECT_EQ(run.channels, 32);
  EXPECT_EQ(run.budget, 100);
  EXPECT_EQ(run.train_loss, (std::vector<double>{2.5, 2.0, 1.75}));
  EXPECT_EQ(run.train_accuracy, (std::vector<double>{20, 30, 40}));
  EXPECT_EQ(run.valid_accuracy[2], 91.5);
  EXPECT_TRUE(std::isnan(run.valid_accuracy[1]));
  EXPECT_EQ(run.final_valid_accuracy, 91.5);
  EXPECT_EQ(run.test_accuracy, 90.25);
  EXPECT_EQ(run.params, 1234567);
  EXPECT_EQ(run.train_seconds, 5000.5);
}

TEST(Nb301, RefusesWhatIsNoneOfItsFiles) {
  EXPECT_THAT(message_of<DataError>([] { parse_nb301("{", "file"); }), HasSubstr("[file] expected JSON"));
  EXPECT_THAT(message_of<DataError>([] { parse_nb301("[]", "file"); }),
              HasSubstr("'optimized_hyperparamater_config'; got array"));
  const Json good = nb301_log();
  Json log = good;
  for (const auto& item : good.items()) {
    log.erase(item.key());
    EXPECT_THAT(refusal(log), HasSubstr("expected a member '" + item.key() + "'"));
    log = good;
  }
  Json& config = log["optimized_hyperparamater_config"];
  config[kDarts + "inputs_node_normal_4"] = "2_0";
  EXPECT_THAT(refusal(log), AllOf(HasSubstr("inputs_node_normal_4"), HasSubstr("below 4, as '0_1'; got '2_0'")));
  config[kDarts + "inputs_node_normal_4"] = "0_4";
  EXPECT_THAT(refusal(log), HasSubstr("got '0_4'"));
  config[kDarts + "inputs_node_normal_4"] = "0_1";  // the edges are 5 and 7
  EXPECT_THAT(refusal(log), HasSubstr("edge_normal_6'; there is none"));
  config[kDarts + "inputs_node_normal_4"] = "0_2";
  config[kDarts + "edge_normal_7"] = "none";
  EXPECT_THAT(refusal(log), AllOf(HasSubstr("edge_normal_7' to be one of max_pool_3x3"), HasSubstr("got 'none'")));
  config[kDarts + "edge_normal_7"] = "skip_connect";
  config[kDarts + "edge_normal_13"] = "skip_connect";
  EXPECT_THAT(refusal(log), HasSubstr("expected 8 operations of the normal cell, two of each node; got 9"));
  log = nb301_log();
  log["learning_curves"]["Train/val_accuracy"] = {1.0};
  EXPECT_THAT(refusal(log), HasSubstr("expected curves of as many epochs, at least one; got 3, 3 and 1"));
  log["learning_curves"]["Train/val_accuracy"] = "x";
  EXPECT_THAT(refusal(log), HasSubstr("'Train/val_accuracy' to be an array of numbers"));
}

class Nb301Folder : public testing::Test {
 protected:
  TempFolder folder_;

  void write(const fs::path& name, const Json& log) { folder_.write(name, log.dump()); }

  /// One that differs in an operation, with fewer epochs.
  static Json other() {
    Json log = nb301_log();
    log["optimized_hyperparamater_config"][kDarts + "edge_normal_0"] = "max_pool_3x3";
    log["test_accuracy"] = 80;
    for (Json& curve : log["learning_curves"]) curve = {1.0, 2.0};
    return log;
  }
};

TEST_F(Nb301Folder, ReadsAllFilesBelowIt) {
  write("rs/results_1.json", nb301_log());
  write("de/results_7.json", other());
  write("rs/results_2.json", nb301_log());
  folder_.write("rs/notes.json", std::string_view("none of it"));
  std::size_t told = 0;
  const CurveTable table = read_nb301(folder_.path(), "", [&](std::size_t done, std::size_t total) {
    EXPECT_EQ(done, ++told);
    EXPECT_EQ(total, 3U);
  });
  EXPECT_EQ(told, 3U);
  ASSERT_EQ(table.rows(), 2U);
  EXPECT_EQ(table.archs[1], kNb301Arch);
  EXPECT_EQ(table.epochs, 3);
  EXPECT_EQ(table.curve(Metric::train_loss, 1)[2], 1.75);
  EXPECT_EQ(table.curve(Metric::train_loss, 0)[1], 2.0);
  EXPECT_TRUE(std::isnan(table.curve(Metric::train_loss, 0)[2]));
  EXPECT_EQ(table.outcome, "test_accuracy");
  EXPECT_EQ(table.columns.at("test_accuracy"), (std::vector<double>{80, 90.25}));
  EXPECT_EQ(table.source.at("files"), 3);
  EXPECT_EQ(table.source.at("repeated"), 1);
  EXPECT_EQ(table.source.at("curves").at("valid_accuracy").at("split"), "valid");
  const CurveTable by_params = read_nb301(folder_.path(), "params:lower");
  EXPECT_TRUE(by_params.outcome_lower);
  EXPECT_THAT(message_of<UsageError>([&] { read_nb301(folder_.path(), "accuracy"); }),
              HasSubstr("unknown column 'accuracy'"));
}

TEST_F(Nb301Folder, RefusesAnotherSetUpAndNoFilesAtAll) {
  EXPECT_THAT(message_of<DataError>([&] { read_nb301(folder_.path(), ""); }), HasSubstr("there is none"));
  EXPECT_THAT(message_of<DataError>([&] { read_nb301(folder_.path() / "nowhere", ""); }), HasSubstr("nowhere"));
  write("results_0.json", nb301_log());
  Json wider = other();
  wider["optimized_hyperparamater_config"][kDarts + "init_channels"] = 16;
  write("results_1.json", wider);
  EXPECT_THAT(message_of<DataError>([&] { read_nb301(folder_.path(), ""); }),
              AllOf(HasSubstr("results_1.json] expected 8 cells, 32 channels and 100 epochs"), HasSubstr("got 8, 16")));
}

}  // namespace
}  // namespace tse
