#include "tse/report/status.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "shell_word.h"
#include "tse/base/missing.h"
#include "tse/base/table.h"
#include "tse/report/escape.h"
#include "tse/report/progress.h"
#include "tse/report/units.h"

namespace tse {
namespace {

using Align = TextTable::Align;

constexpr int kMostRunning = 16;  // lines

/// What the trials do, which is the same for all but for the architecture.
std::string task_text(const Job& job) {
  const std::string what = fmt::format("{} on {}", clean_text(job.space), clean_text(job.data));
  if (!job.trains())
    return fmt::format("{}: {}", what, clean_text(fmt::format("{}", fmt::join(job.scoring->scores, ", "))));
  return fmt::format("{}: {} of a {}-epoch schedule, {}", what, plural(job.budget.epochs, "epoch"),
                     job.recipe.schedule_epochs, job.engine.precision);
}

std::string counts(const StudyProgress& progress) {
  TextTable table({{"trials"}, {"", Align::right}});
  table.add({"ok", fmt::format("{}", progress.ok)});
  if (progress.stopped > 0) table.add({"stopped early", fmt::format("{}", progress.stopped)});
  table.add({"diverged", fmt::format("{}", progress.diverged)});
  table.add({"failed", fmt::format("{}", progress.failed)});
  table.add({"running", fmt::format("{}", progress.running)});
  table.add({"waiting", fmt::format("{}", progress.waiting)});
  return table.text();
}

std::string running(const std::vector<Trial>& trials, int width) {
  TextTable table({{"running", Align::right},
                   {"architecture"},
                   {"done"},
                   {"", Align::right},
                   {"images/s", Align::right},
                   {"loss", Align::right}});
  int left_out = 0;
  int shown = 0;
  for (const Trial& trial : trials) {
    if (trial.state != TrialState::running) continue;
    if (shown == kMostRunning) {
      ++left_out;
      continue;
    }
    ++shown;
    const Progress& progress = trial.progress;
    const double done =
        progress.steps_total > 0 ? static_cast<double>(progress.steps) / static_cast<double>(progress.steps_total) : 0;
    const bool started = progress.steps > 0 && trial.job.trains();  // scores have no speed and no loss
    table.add({fmt::format("{}", trial.job.number),
               shorten_middle(clean_text(trial.job.arch.text), std::max(16, width - 52)), progress_bar(done, 10),
               fmt::format("{:.0f} %", 100 * std::clamp(done, 0.0, 1.0)),
               started ? fmt::format("{:.0f}", progress.images_per_second) : "-",
               number_text(started ? progress.last_loss : kMissing)});
  }
  if (shown == 0) return "";
  return "\n" + table.text() + (left_out > 0 ? fmt::format("and {} more\n", left_out) : "");
}

std::string next_step(const StudyProgress& progress, const std::string& study, bool at_work) {
  const std::string name = shell_word(study);
  if (progress.finished() == progress.total()) return fmt::format("Finished. To see it: tse report {}\n", name);
  if (at_work) return "A process is at work on it.\n";
  return fmt::format("Nothing works on it now. To go on: tse resume {}\n", name);
}

}  // namespace

std::string status_text(const std::string& study, const std::vector<Trial>& trials, const StatusOptions& options) {
  StudyProgress progress = study_progress(trials, options.planned);
  if (!options.at_work) {
    // a trial whose worker is gone waits, whatever speed it last had
    progress.images_per_second = 0;
    if (progress.finished() < progress.total()) progress.remaining_seconds.reset();
  }
  std::string text = fmt::format("Study {}\n", clean_text(study));
  if (!trials.empty()) text += task_text(trials.front().job) + "\n";
  text += fmt::format("{}\n\n{}", progress_text(progress, options.width), counts(progress));
  if (options.at_work) text += running(trials, options.width);
  return text + "\n" + next_step(progress, study, options.at_work);
}

Json status_json(const std::string& study, const std::vector<Trial>& trials, const StatusOptions& options) {
  const StudyProgress progress = study_progress(trials, options.planned);
  const Job* job = trials.empty() ? nullptr : &trials.front().job;
  return {
      {"study", study},
      {"space", job == nullptr ? Json(nullptr) : Json(job->space)},
      {"data", job == nullptr ? Json(nullptr) : Json(job->data)},
      {"at_work", options.at_work},
      {"total", progress.total()},
      {"finished", progress.finished()},
      {"ok", progress.ok},
      {"stopped", progress.stopped},
      {"diverged", progress.diverged},
      {"failed", progress.failed},
      {"running", progress.running},
      {"waiting", progress.waiting},
      {"planned", progress.planned},
      {"done", finite_or_null(progress.done)},
      {"images_per_second", finite_or_null(progress.images_per_second)},
      {"remaining_seconds", progress.remaining_seconds ? finite_or_null(*progress.remaining_seconds) : Json(nullptr)}};
}

}  // namespace tse
