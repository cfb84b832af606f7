#include "training.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <iostream>

#include "interrupt.h"
#include "manifest.h"
#include "memory.h"
#include "programs.h"
#include "tse/base/error.h"
#include "tse/base/memory.h"
#include "tse/data/data.h"
#include "tse/estimate/estimator.h"
#include "tse/rank/truth.h"
#include "tse/report/html.h"
#include "tse/report/progress.h"
#include "tse/report/ranking_json.h"
#include "tse/report/ranking_text.h"
#include "tse/report/scores.h"
#include "tse/report/training.h"
#include "tse/space/space.h"
#include "tse/study/reuse.h"
#include "tse/study/study.h"

namespace tse::cli {
namespace {

namespace fs = std::filesystem;

/// Folders in a data string are made absolute, so that the study can be resumed from anywhere.
std::string portable(const std::string& data) {
  Spec spec = parse_spec(data, "data");
  for (auto& [key, value] : spec.options) {
    if (key == "dir") value = fs::absolute(value).lexically_normal().string();
  }
  return make_data(to_text(spec))->spec();
}

/// Of what is left to do, within the memory there is.
int workers_for(Store& store, const Plan& plan, int asked) {
  std::vector<Job> jobs;
  for (const Trial& trial : store.trials(false)) {
    if (trial.state != TrialState::finished) jobs.push_back(trial.job);
  }
  if (jobs.empty()) return std::max(asked, 1);
  return granted_workers(asked, plan.engine, worker_memory(jobs, make_data(plan.data)->facts()), available_memory());
}

std::string split_text(const DataRecord& record) {
  return fmt::format("{} training, {} validation and {} test images of {}x{}x{}", record.train, record.valid,
                     record.test, record.task.input.channels, record.task.input.height, record.task.input.width);
}

Ranking ranking_of(Store& store, const Plan& plan, const std::string& study) {
  RankingOptions options{.study = study,
                         .split = {},
                         .seed = plan.seed,
                         .recipe = plan.recipe,
                         .estimators = plan.estimators,
                         .truth = std::nullopt,
                         .manifest = plan.manifest};
  if (!plan.truth.is_null()) options.truth = truth_from_json(plan.truth, study);
  Task task;
  if (const auto record = store.recall("data")) {
    const DataRecord data = data_record_from_json(*record, study);
    task = data.task;
    options.split = split_text(data);
    options.manifest["data_digest"] = data.digest;
  }
  for (const char* fact : {"engine", "reused"}) {
    if (const auto value = store.recall(fact)) options.manifest[fact] = *value;
  }
  options.manifest["command_line"] = fmt::format("{}", fmt::join(plan.command_line, " "));
  return make_ranking(store.trials(true), *make_space(plan.space), task, options);
}

std::string go_on(const std::string& study) { return fmt::format("tse resume {}", study); }

void check_page(const Plan& plan, const std::string& study, const Presentation& presentation) {
  if (plan.verb == "score" && !presentation.report.empty()) {
    throw UsageError(study, "expected a study of trainings; zero-cost scores have no page of their own");
  }
}

int run_and_present(Store& store, const Plan& plan, const std::string& study, const Presentation& presentation) {
  check_page(plan, study, presentation);
  const int workers = workers_for(store, plan, presentation.workers);
  catch_interrupts();
  ProgressLine line(std::cerr, display_of(STDERR_FILENO));
  const Ending ending =
      run_study(store, {.study = study,
                        .engine = find_program("tse-torch"),
                        .workers = workers,
                        .stop = interrupted,
                        .progress = [&](const std::vector<Trial>& trials) { line.show(study_progress(trials)); }});
  line.finish();
  if (ending == Ending::stopped) {
    std::cerr << fmt::format("interrupted; nothing is lost. Go on with: {}\n", go_on(study));
    return kExitInterrupted;
  }
  present(store, plan, study, presentation);
  return kExitDone;
}

}  // namespace

fs::path new_study_name(const std::string& verb) {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  char stamp[32];
  std::strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &local);
  return fs::path("runs") / fmt::format("{}-{}-{}.tse", verb, stamp, ::getpid());
}

Options TrainingOptions::options() {
  Options all = {
      {"space", &space, "search space", {}},
      {"data", &data, "images", {}},
      {"recipe", &recipe, "how to train: a name of `tse list`, its options behind a colon", {}},
      {"seed", &seed, "all random streams derive from it", {}},
      {"schedule_epochs", &schedule_epochs, "horizon of the learning-rate schedule, 0 is the recipe's",
       between(0, 1000000)},
      {"batch", &batch, "images per step, 0 is the recipe's", between(0, 65536)},
  };
  for (Option& option : budget.options()) all.push_back(std::move(option));
  for (Option& option : engine.options()) all.push_back(std::move(option));
  all.push_back({"workers", &workers, "processes that train, 0 is one per core", between(0, 1024)});
  all.push_back({"study", &study, "file of the study; without it a new one under runs/", {}});
  all.push_back({"reuse", &reuse, "another study, whose results of the same trials need not be computed again", {}});
  all.push_back({"report", &report, "folder for the HTML report", {}});
  all.push_back({"step_losses", &step_losses, "put the loss of every step into the JSON", {}});
  return all;
}

void TrainingOptions::setup(CLI::App& app) {
  add_options(app, options());
  add_json(app, json);
}

Plan TrainingOptions::plan(const std::string& verb, const Context& context) const {
  Spec recipe_spec = parse_spec(recipe, "--recipe");
  const auto set = [&](const char* key, int value) {
    if (value == 0) return;
    std::erase_if(recipe_spec.options, [&](const auto& option) { return option.first == key; });
    recipe_spec.options.emplace_back(key, std::to_string(value));
  };
  set("schedule_epochs", schedule_epochs);
  set("batch", batch);
  parse_recipe(to_text(recipe_spec));
  return {.verb = verb,
          .space = make_space(space)->spec(),
          .data = portable(data),
          .recipe = to_text(recipe_spec),
          .seed = seed,
          .budget = budget,
          .engine = engine,
          .estimators = {},
          .truth = nullptr,
          .step_losses = step_losses,
          .command_line = context.command_line,
          .manifest = manifest()};
}

int run_training(const Plan& plan, const std::vector<Arch>& archs, const StudyFiles& files,
                 const Presentation& presentation) {
  const fs::path file = files.study.empty() ? new_study_name(plan.verb) : fs::path(files.study);
  const std::vector<Job> jobs = make_jobs(plan, archs);
  Known known;
  const bool begins = !fs::exists(file);  // later on it has them already
  if (begins && !files.reuse.empty()) known = known_results(files.reuse, jobs);
  const auto store = begin_study(file, plan, jobs, known);
  std::cerr << fmt::format("study {}\n", file.string());
  if (!known.results.empty())
    std::cerr << fmt::format("{} of {} results are those of {}\n", known.results.size(), jobs.size(), files.reuse);
  // the plan as it was when the study began: its record of machine and command belongs to the results
  return run_and_present(*store, plan_from_json(store->plan(), file.string()), file.string(), presentation);
}

int resume_training(const std::string& study, const Presentation& presentation) {
  Plan plan;
  const auto store = open_study(study, Access::write, plan);
  return run_and_present(*store, plan, study, presentation);
}

void present(Store& store, const Plan& plan, const std::string& study, const Presentation& presentation) {
  check_page(plan, study, presentation);
  if (plan.verb == "score") {
    const Ranking scores = ranking_of(store, plan, study);
    if (presentation.json) {
      print_json(scores_json(scores));
    } else {
      std::cout << scores_text(scores, output_width());
    }
    return;
  }
  const Ranking ranking = ranking_of(store, plan, study);
  const bool one = plan.verb == "train";
  if (presentation.json) {
    print_json(one ? training_json(ranking, plan.step_losses) : to_json(ranking, plan.step_losses));
  } else {
    std::cout << (one ? training_text(ranking) : to_text(ranking, output_width()));
  }
  if (!presentation.report.empty()) {
    const fs::path page = fs::path(presentation.report) / "index.html";
    write_html(ranking, page);
    std::cerr << fmt::format("report {}\n", page.string());
  }
}

}  // namespace tse::cli
