#include "tse/report/search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample.h"

namespace tse {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Search, SaysWhatWasSearchedAndWhatItCost) {
  EXPECT_EQ(search_sentences(sample::search()),
            "6 trials of nb201:channels=8,cells=1, searched by evolution, objective tse-ema after 2 epochs of a "
            "200-epoch schedule, on fashion-mnist:train=600,valid=100 (600 train, 100 valid), with params<1e6, seed 3. "
            "Budget 6trials. It cost 7 epochs, 38 s of training; 1 trial shared the result of an isomorphic one.");
}

TEST(Search, SaysWhyItEnded) {
  SearchView view = sample::search();
  view.end = "nothing is left to propose";
  EXPECT_THAT(search_sentences(view), HasSubstr("Budget 6trials; it ended since nothing is left to propose."));
  view.end = std::nullopt;
  EXPECT_THAT(search_sentences(view), HasSubstr("Budget 6trials; not over yet."));
}

TEST(Search, ListsTheBestTrialsInText) {
  const std::string text = to_text(sample::search(), 0);
  EXPECT_THAT(text, HasSubstr("Best by tse-ema:"));
  // best first: 5 before 1 before 0; a trial with the result of another is not shown again, one that failed never
  const auto line = [&](const std::string& numbers) { return text.find(numbers); };
  EXPECT_LT(line("-1.250"), line("-1.500"));
  EXPECT_LT(line("-1.500"), line("-2.000"));
  EXPECT_LT(line("-2.000"), line("-inf"));
  EXPECT_EQ(text.find("-1.500"), text.rfind("-1.500"));
  EXPECT_THAT(text, HasSubstr("3.00k"));
  EXPECT_THAT(text, HasSubstr("Trained to the end, 3 epochs:"));
  EXPECT_THAT(text, HasSubstr("0.8125"));
}

TEST(Search, SaysInTextThatNoTrialHasAScore) {
  SearchView view = sample::search();
  view.history.clear();
  view.params.clear();
  EXPECT_THAT(to_text(view, 80), HasSubstr("No trial has a score."));
}

TEST(Search, ComparesWaysToSearchInText) {
  const std::string text = to_text(sample::replayed_search(), 0);
  EXPECT_THAT(text, HasSubstr("Every way to search at the same budget, means over seeds; found: test_accuracy of the "
                              "best by the objective."));
  EXPECT_THAT(text, HasSubstr("1 h 00 min"));
  EXPECT_THAT(text, HasSubstr("0.8400"));
  EXPECT_THAT(text, Not(HasSubstr("hypervolume")));
}

TEST(Search, HoldsEveryTrialInJson) {
  const Json json = to_json(sample::search());
  EXPECT_EQ(json["objective"], "tse-ema");
  EXPECT_EQ(json["require"], "params<1e6");
  EXPECT_EQ(json["ended"], "the budget is spent");
  EXPECT_EQ(json["trials"], 6);
  EXPECT_EQ(json["best"]["number"], 5);
  EXPECT_EQ(json["best"]["objective"], -1.25);
  EXPECT_EQ(json["best"]["params"], 3000);
  EXPECT_EQ(json["best"]["outcome"], 0.8125);  // of its training to the end
  const auto column = [&](const char* name) {
    Json list = Json::array();
    for (const Json& trial : json["history"]) list.push_back(trial.value(name, Json()));
    return list;
  };
  EXPECT_EQ(column("objective"), Json({-2.0, -1.5, nullptr, nullptr, -1.5, -1.25}));
  EXPECT_EQ(column("status"), Json({"ok", "ok", "diverged", "failed", "ok", "ok"}));
  EXPECT_EQ(column("cost_epochs"), Json({2, 4, 5, 5, 5, 7}));  // of the search, after the trial
  EXPECT_EQ(column("cost_seconds"), Json({10, 22, 27, 27, 27, 38}));
  EXPECT_EQ(column("same_as"), Json({nullptr, nullptr, nullptr, nullptr, 1, nullptr}));
  EXPECT_EQ(json["final"][1]["chosen_by"], "params");
  EXPECT_EQ(json["final"][1]["test_accuracy"], nullptr);
  EXPECT_FALSE(json.contains("compare"));
  EXPECT_FALSE(json.contains("front"));
}

TEST(Search, HoldsWaysToSearchInJson) {
  const Json way = to_json(sample::replayed_search())["compare"][0];
  EXPECT_EQ(way["algo"], "evolution");
  EXPECT_EQ(way["incumbent"], 0.84);
  EXPECT_EQ(way["hypervolume"], nullptr);
  EXPECT_EQ(way["curve_by"], "seconds");
  EXPECT_EQ(way["curve"], Json::parse("[[360,0.80,0.01,0.81,0.02],[3600,0.84,0.01,0.86,0.02]]"));
}

// Less of `params` is better: in JSON it is itself, in the search its negative.
TEST(Search, HoldsSeveralObjectivesInTheirOwnSense) {
  const Json json = to_json(sample::front_search());
  EXPECT_EQ(json["objective"], "tse-ema, params");
  EXPECT_EQ(json["history"][1]["objectives"], Json::parse(R"({"tse-ema": -1.5, "params": 5000})"));
  EXPECT_EQ(json["front"], Json({0, 5}));
  EXPECT_EQ(json["hypervolume"], 1500);
  const std::string text = to_text(sample::front_search(), 0);
  EXPECT_THAT(text, HasSubstr("Pareto front, 2 trials, hypervolume 1500:"));
}

}  // namespace
}  // namespace tse
