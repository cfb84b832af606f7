#include "tse/report/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "tse/report/units.h"

namespace tse {
namespace {

constexpr auto kTerminalInterval = std::chrono::milliseconds(200);
constexpr auto kPlainInterval = std::chrono::seconds(10);

// Below these the speed since the start says too little.
constexpr double kTellingSeconds = 5;
constexpr double kTellingShare = 0.01;

double fraction_of(const Trial& trial) {
  if (trial.state == TrialState::finished) return 1;
  if (trial.state == TrialState::waiting || trial.progress.steps_total <= 0) return 0;
  return std::clamp(static_cast<double>(trial.progress.steps) / static_cast<double>(trial.progress.steps_total), 0.0,
                    1.0);
}

void count(StudyProgress& progress, const Trial& trial) {
  if (trial.state == TrialState::waiting) {
    ++progress.waiting;
  } else if (trial.state == TrialState::running) {
    ++progress.running;
  } else if (trial.trace.status == TraceStatus::diverged) {
    ++progress.diverged;
  } else if (trial.trace.status == TraceStatus::failed) {
    ++progress.failed;
  } else if (trial.trace.status == TraceStatus::stopped) {
    ++progress.stopped;
  } else {
    ++progress.ok;
  }
}

}  // namespace

StudyProgress study_progress(const std::vector<Trial>& trials, const PlannedWork& planned) {
  StudyProgress progress{.planned = planned.trials, .remaining_seconds = {}};
  double epochs_total = planned.epochs;
  double epochs_left = planned.epochs;
  double images = 0;         // of those trials that say how many steps they take
  double images_epochs = 0;  // epochs of the same
  for (const Trial& trial : trials) {
    count(progress, trial);
    const double epochs = trial.job.budget.epochs;
    epochs_total += epochs;
    epochs_left += epochs * (1 - fraction_of(trial));
    if (trial.progress.steps_total > 0) {
      images += static_cast<double>(trial.progress.steps_total) * trial.job.recipe.batch;
      images_epochs += epochs;
    }
    if (trial.state == TrialState::running && std::isfinite(trial.progress.images_per_second))
      progress.images_per_second += std::max(0.0, trial.progress.images_per_second);
  }
  progress.done = epochs_total > 0 ? 1 - epochs_left / epochs_total : 1;
  if (progress.finished() == progress.total()) {
    progress.done = 1;
    progress.remaining_seconds = 0;
  } else if (progress.images_per_second > 0 && images_epochs > 0) {
    progress.remaining_seconds = epochs_left * (images / images_epochs) / progress.images_per_second;
  }
  return progress;
}

std::string progress_bar(double fraction, int width) {
  const int full = static_cast<int>(std::floor(std::clamp(fraction, 0.0, 1.0) * width));
  return std::string(static_cast<std::size_t>(full), '#') + std::string(static_cast<std::size_t>(width - full), '-');
}

std::string progress_text(const StudyProgress& progress, int width) {
  std::string text =
      fmt::format("{:3.0f} %  {} of {} trials", std::floor(100 * progress.done), progress.finished(), progress.total());
  if (progress.diverged > 0) text += fmt::format(", {} diverged", progress.diverged);
  if (progress.failed > 0) text += fmt::format(", {} failed", progress.failed);
  if (progress.images_per_second > 0) text += fmt::format("  {:.0f} images/s", progress.images_per_second);
  if (progress.remaining_seconds && progress.finished() < progress.total())
    text += fmt::format("  {} left", duration_text(*progress.remaining_seconds));
  if (!progress.so_far.empty()) text += "  " + progress.so_far;
  const int room = width - static_cast<int>(text.size()) - 3;
  if (room >= 8) text = fmt::format("[{}] {}", progress_bar(progress.done, std::min(room, 30)), text);
  return shorten_middle(text, width);
}

ProgressLine::ProgressLine(std::ostream& out, Display display, std::function<Clock::time_point()> now)
    : out_(out), display_(display), now_(std::move(now)) {}

ProgressLine::~ProgressLine() { finish(); }

void ProgressLine::show(const StudyProgress& progress) {
  const Clock::time_point now = now_();
  if (!first_time_) {
    first_time_ = now;
    first_done_ = progress.done;
  }
  StudyProgress shown = progress;
  const double elapsed = std::chrono::duration<double>(now - *first_time_).count();
  const double gained = progress.done - first_done_;
  if (progress.done < 1 && elapsed >= kTellingSeconds && gained >= kTellingShare)
    shown.remaining_seconds = elapsed * (1 - progress.done) / gained;
  const auto interval = display_.terminal ? Clock::duration(kTerminalInterval) : Clock::duration(kPlainInterval);
  if (written_ && now - *written_ < interval) {
    pending_ = shown;
    return;
  }
  written_ = now;
  pending_.reset();
  write(shown);
}

void ProgressLine::note(std::string_view line) {
  clear();
  out_ << line << '\n' << std::flush;
}

void ProgressLine::finish() {
  if (pending_) write(*pending_);
  pending_.reset();
  if (bar_visible_) out_ << '\n' << std::flush;
  bar_visible_ = false;
}

void ProgressLine::write(const StudyProgress& progress) {
  clear();
  // the last column stays free: some terminals wrap when it is written
  out_ << progress_text(progress, display_.terminal ? display_.width - 1 : 100);
  if (display_.terminal) {
    bar_visible_ = true;
  } else {
    out_ << '\n';
  }
  out_ << std::flush;
}

void ProgressLine::clear() {
  if (bar_visible_) out_ << "\r\x1b[K";
  bar_visible_ = false;
}

ProgressLine::Display display_of(int file_descriptor) {
  ProgressLine::Display display;
  const char* kind = std::getenv("TERM");
  display.terminal = isatty(file_descriptor) == 1 && kind != nullptr && std::string_view(kind) != "dumb";
  winsize size{};
  if (display.terminal && ioctl(file_descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    display.width = std::max<int>(size.ws_col, 20);
  return display;
}

}  // namespace tse
