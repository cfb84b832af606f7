#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "tse/store/trial.h"

namespace tse {

/// How far a study is, read off its trials.
struct StudyProgress {
  int planned = 0;  // trials that a search is yet to propose
  int waiting = 0;
  int running = 0;
  int ok = 0;
  int stopped = 0;  // early, by a rule
  int diverged = 0;
  int failed = 0;
  double done = 0;                          // fraction of all the training, in [0, 1]; every epoch weighs the same
  double images_per_second = 0;             // of all running trials together; 0 while unknown
  std::optional<double> remaining_seconds;  // at that speed; nothing while unknown
  std::string so_far = {};                  // what a search has found, in words

  int finished() const { return ok + stopped + diverged + failed; }
  int total() const { return planned + waiting + running + finished(); }
  bool operator==(const StudyProgress&) const = default;
};

/// What a study will do beside the trials it has.
struct PlannedWork {
  int trials = 0;
  double epochs = 0;  // of all of them
};

/// Needs no traces: `trials(false)` of the store will do.
StudyProgress study_progress(const std::vector<Trial>& trials, const PlannedWork& planned = {});

/// A bar of `width` columns, made of # and -.
std::string progress_bar(double fraction, int width);

/// One line: bar, trials, speed and remaining time; fits `width` columns.
std::string progress_text(const StudyProgress& progress, int width);

/// Shows long work while it goes on: on a terminal one line that redraws itself, elsewhere a plain line about every ten
/// seconds. Remaining time is that of the speed since the first call, once there is enough to tell by.
class ProgressLine {
 public:
  using Clock = std::chrono::steady_clock;

  struct Display {
    bool terminal = false;
    int width = 80;  // columns
  };

  ProgressLine(std::ostream& out, Display display, std::function<Clock::time_point()> now = Clock::now);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// As often as wanted: it writes at most five times a second on a terminal.
  void show(const StudyProgress& progress);

  /// Another line for the reader, without tearing the bar.
  void note(std::string_view line);

  /// Leaves the last state visible and goes to the next line.
  void finish();

 private:
  void write(const StudyProgress& progress);
  void clear();

  std::ostream& out_;
  Display display_;
  std::function<Clock::time_point()> now_;
  std::optional<Clock::time_point> first_time_;
  double first_done_ = 0;
  std::optional<Clock::time_point> written_;
  std::optional<StudyProgress> pending_;
  bool bar_visible_ = false;
};

/// Whether the file descriptor is a terminal that can redraw a line, and how wide it is.
ProgressLine::Display display_of(int file_descriptor);

}  // namespace tse
