#include "tse/report/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <sstream>

#include "sample.h"
#include "tse/report/status.h"

namespace tse {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

// Ten trials of 10 epochs and 250 images a step: 2 finished, 2 half done at 500 images/s each, 6 waiting.
std::vector<Trial> half_way() {
  std::vector<Trial> trials = sample::trials({.trials = 10, .epochs = 10, .steps = 4, .trouble = false});
  for (std::size_t i = 2; i < trials.size(); ++i) {
    trials[i].state = i < 4 ? TrialState::running : TrialState::waiting;
    trials[i].trace = Trace{};
    if (i < 4) trials[i].progress = {.steps = 20, .steps_total = 40, .images_per_second = 500, .last_loss = 1.5};
  }
  return trials;
}

TEST(StudyProgress, CountsEpochsAndForetells) {
  const StudyProgress progress = study_progress(half_way());
  EXPECT_EQ(progress.ok, 2);
  EXPECT_EQ(progress.running, 2);
  EXPECT_EQ(progress.waiting, 6);
  EXPECT_DOUBLE_EQ(progress.done, 0.3);
  EXPECT_DOUBLE_EQ(progress.images_per_second, 1000);
  // 70 epochs of 4 steps of 250 images are left
  ASSERT_TRUE(progress.remaining_seconds.has_value());
  EXPECT_NEAR(*progress.remaining_seconds, 70, 1e-9);
}

TEST(StudyProgress, KnowsNothingBeforeTheFirstStepAndEverythingAtTheEnd) {
  std::vector<Trial> trials = half_way();
  for (Trial& trial : trials) trial.progress = {};
  EXPECT_FALSE(study_progress(trials).remaining_seconds.has_value());
  for (Trial& trial : trials) trial.state = TrialState::finished;
  EXPECT_EQ(study_progress(trials).done, 1);
  EXPECT_EQ(study_progress(trials).remaining_seconds, 0);
  EXPECT_EQ(study_progress({}).done, 1);
}

TEST(StudyProgress, IsNotMisledByForeignNumbers) {
  std::vector<Trial> trials = half_way();
  trials[2].progress = {.steps = 90, .steps_total = 40, .images_per_second = std::nan(""), .last_loss = 0};
  trials[3].progress = {.steps = -5, .steps_total = 40, .images_per_second = -3, .last_loss = 0};
  const StudyProgress progress = study_progress(trials);
  EXPECT_DOUBLE_EQ(progress.done, 0.3);
  EXPECT_EQ(progress.images_per_second, 0);
}

TEST(ProgressText, FitsTheTerminal) {
  const StudyProgress progress = study_progress(half_way());
  EXPECT_EQ(progress_text(progress, 100),
            "[#########---------------------]  30 %  2 of 10 trials  1000 images/s  1 min 10 s left");
  for (int width = 20; width < 120; ++width)
    EXPECT_LE(progress_text(progress, width).size(), static_cast<std::size_t>(width));
}

class Clock {
 public:
  std::function<ProgressLine::Clock::time_point()> now() {
    return [this] { return time_; };
  }
  void advance(std::chrono::milliseconds by) { time_ += by; }

 private:
  ProgressLine::Clock::time_point time_{};
};

TEST(ProgressLine, RedrawsOneLineOnATerminal) {
  std::ostringstream out;
  Clock clock;
  ProgressLine line(out, {.terminal = true, .width = 60}, clock.now());
  const StudyProgress progress = study_progress(half_way());
  line.show(progress);
  clock.advance(std::chrono::milliseconds(50));
  line.show(progress);  // too soon
  EXPECT_THAT(out.str(), Not(HasSubstr("\r")));
  clock.advance(seconds(1));
  line.show(progress);
  EXPECT_THAT(out.str(), HasSubstr("\r\x1b[K"));
  EXPECT_THAT(out.str(), Not(HasSubstr("\n")));
  line.note("a word");
  EXPECT_THAT(out.str(), testing::EndsWith("\r\x1b[Ka word\n"));
  line.finish();
  line.finish();
  EXPECT_THAT(out.str(), testing::EndsWith("a word\n"));
}

TEST(ProgressLine, WritesPlainLinesElsewhereEveryTenSecondsAndTheLastOne) {
  std::ostringstream out;
  Clock clock;
  StudyProgress progress = study_progress(half_way());
  {
    ProgressLine line(out, {}, clock.now());
    for (int second = 0; second < 25; ++second) {
      progress.done = 0.3 + 0.01 * second;
      line.show(progress);
      clock.advance(seconds(1));
    }
  }
  const std::string text = out.str();
  EXPECT_EQ(std::ranges::count(text, '\n'), 4);  // at 0, 10 and 20 seconds, and the last state
  EXPECT_THAT(text, HasSubstr(" 54 %"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  // 1 % a second: at 20 seconds 50 % are left
  EXPECT_THAT(text, HasSubstr("50 %  2 of 10 trials  1000 images/s  50 s left"));
}

TEST(Status, SaysWhatToTypeNext) {
  const std::vector<Trial> trials = half_way();
  EXPECT_THAT(status_text("runs/a b.tse", trials), HasSubstr("tse resume 'runs/a b.tse'"));
  EXPECT_THAT(status_text("it's", trials, {.at_work = false}), HasSubstr(R"(tse resume 'it'\''s')"));
  EXPECT_THAT(status_text("runs/a.tse", trials, {.at_work = true}), Not(HasSubstr("resume")));
  EXPECT_THAT(status_text("runs/a.tse", {}, {}), HasSubstr("tse report runs/a.tse"));
}

TEST(Status, SaysWhatTheTrialsDo) {
  std::vector<Trial> trials = half_way();
  for (Trial& trial : trials) {
    trial.job.space = "nb201:channels=4";
    trial.job.data = "synthetic";
    trial.job.budget.epochs = 3;
  }
  EXPECT_THAT(status_text("s", trials),
              HasSubstr("nb201:channels=4 on synthetic: 3 epochs of a 200-epoch schedule, fp32"));
  EXPECT_EQ(status_json("s", trials).at("data"), "synthetic");
  trials.front().job.scoring = Scoring{.scores = {"snip", "synflow"}};
  EXPECT_THAT(status_text("s", trials), HasSubstr("nb201:channels=4 on synthetic: snip, synflow"));
  EXPECT_TRUE(status_json("s", {}).at("space").is_null());
}

TEST(Status, ShowsWhatRunsUnlessNothingDoes) {
  const std::vector<Trial> trials = half_way();
  EXPECT_THAT(status_text("s", trials, {.at_work = true}), HasSubstr("#####-----"));
  const std::string idle = status_text("s", trials, {.at_work = false});
  EXPECT_THAT(idle, Not(HasSubstr("images/s")));
  EXPECT_THAT(idle, Not(HasSubstr(" left")));
}

TEST(Status, IsJsonToo) {
  const Json json = status_json("s", half_way(), {.at_work = true});
  EXPECT_EQ(json.at("at_work"), true);
  EXPECT_EQ(json.at("total"), 10);
  EXPECT_EQ(json.at("finished"), 2);
  EXPECT_NEAR(json.at("done").get<double>(), 0.3, 1e-12);
  EXPECT_NEAR(json.at("remaining_seconds").get<double>(), 70, 1e-9);
}

}  // namespace
}  // namespace tse
