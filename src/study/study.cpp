#include "tse/study/study.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "tse/base/error.h"
#include "tse/base/path.h"
#include "tse/exec/worker_pool.h"
#include "tse/store/open.h"

namespace tse {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kPoll = std::chrono::milliseconds(50);
constexpr auto kReport = std::chrono::milliseconds(500);

std::vector<Job> jobs_of(Store& store) {
  std::vector<Job> jobs;
  for (const Trial& trial : store.trials(false)) jobs.push_back(trial.job);
  return jobs;
}

/// Becomes the process that runs the study, and stays it for another minute.
void lead(Store& store, const std::filesystem::path& study) {
  if (const auto other = store.coordinate(self())) {
    throw DataError(study.string(), "expected a study that nobody runs; process {} on {} runs it", other->process,
                    other->host);
  }
}

/// The process that runs a study retires however that ends, but for a kill.
class Retirement {
 public:
  explicit Retirement(Store& store) : store_(store) {}
  Retirement(const Retirement&) = delete;
  ~Retirement() {
    try {
      store_.retire(self());
    } catch (const DataError&) {
      // the file may be gone, and something else is said of that
    }
  }

 private:
  Store& store_;
};

/// OpenBLAS and OpenMP size their pools and bind their threads as they are loaded, before the engine's main can say
/// anything. Several workers that are told to bind would all sit on the first core.
void prepare_surroundings(int threads_of_one) {
  const std::string threads = std::to_string(threads_of_one);
  for (const char* name : {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"}) {
    ::setenv(name, threads.c_str(), 1);
  }
  for (const char* name : {"OMP_PROC_BIND", "OMP_PLACES", "GOMP_CPU_AFFINITY", "KMP_AFFINITY"}) ::unsetenv(name);
}

/// Checkpoints of finished trials go, but for weights that were to be kept, and so do the pieces of those that a kill
/// hit in the writing; then the folder where it is empty.
void remove_spent_checkpoints(const std::filesystem::path& study, const std::vector<Trial>& trials) {
  std::error_code ignored;  // a checkpoint that stays only takes room
  const std::filesystem::path folder = checkpoint_folder(study);
  const std::filesystem::directory_iterator end;
  for (std::filesystem::directory_iterator entry(folder, ignored); entry != end; entry.increment(ignored)) {
    const std::string name = entry->path().filename().string();
    for (const Trial& trial : trials) {
      const std::string whole = checkpoint_file(study, trial.job.number).filename().string();
      const bool spent = name.starts_with(whole + ".") || (name == whole && !trial.job.budget.keep_weights);
      if (trial.state == TrialState::finished && spent) std::filesystem::remove(entry->path(), ignored);
    }
  }
  if (std::filesystem::is_directory(folder, ignored)) std::filesystem::remove(folder, ignored);
}

/// UsageError where it is a study of imported curves, which has no such plan.
Plan plan_of(Store& store, const std::filesystem::path& file) {
  const Json plan = store.plan();
  if (plan.is_object() && plan.value("verb", Json()) == "import")
    throw UsageError(file.string(), "expected a study of trainings; the file holds imported curves");
  return plan_from_json(plan, file.string());
}

/// Where a study goes whose file was taken away: beside it, or, where that folder is gone too, into the working folder.
std::filesystem::path rescue(Store& store, const std::filesystem::path& study) {
  const std::string name = study.filename().string() + ".rescued";
  for (const std::filesystem::path& folder : {study.parent_path(), std::filesystem::path(".")}) {
    std::error_code ignored;
    std::filesystem::path file = folder / name;
    for (int i = 2; std::filesystem::exists(file, ignored); ++i) file = folder / fmt::format("{}-{}", name, i);
    try {
      store.copy_to(file);
      std::filesystem::rename(checkpoint_folder(study), checkpoint_folder(file), ignored);  // else they start anew
      return file;
    } catch (const DataError&) {
      if (folder == ".") throw;
    }
  }
  return {};
}

/// The study's file is gone, and what it held is rescued.
class TakenAway : public DataError {
 public:
  using DataError::DataError;
};

/// What the study holds is safe as long as this process has it open, and not one moment longer.
void expect_in_place(Store& store, WorkerPool& pool, const std::filesystem::path& study) {
  if (store.in_place()) return;
  pool.stop();
  const std::filesystem::path file = rescue(store, study);
  throw TakenAway(study.string(),
                  "the file, or its log {}-wal, was removed or moved away while the study was run; all results are in "
                  "{}. Go on with: tse resume {}",
                  study.string(), file.string(), file.string());
}

/// Keeps the study and tells of it, about twice a second.
void look_after(Store& store, WorkerPool& pool, const RunOptions& options) {
  expect_in_place(store, pool, options.study);
  const std::vector<Trial> trials = store.trials(false);
  lead(store, options.study);
  remove_spent_checkpoints(options.study, trials);
  if (options.progress) options.progress(trials);
}

/// What is to be done again and again while a study runs, each in its own time.
class Attendant {
 public:
  Attendant(Store& store, WorkerPool& pool, const RunOptions& options)
      : store_(store), pool_(pool), options_(options) {}

  /// Throws GaveUp where the study is to stop.
  void attend() {
    if (options_.stop && options_.stop()) throw GaveUp();
    const auto now = Clock::now();
    if (now - polled_ >= kPoll) {
      pool_.poll();
      polled_ = now;
    }
    if (now - looked_ >= kReport) {
      look_after(store_, pool_, options_);
      looked_ = now;
    }
  }

 private:
  Store& store_;
  WorkerPool& pool_;
  const RunOptions& options_;
  Clock::time_point polled_;
  Clock::time_point looked_;
};

void train_all(Store& store, WorkerPool& pool, const RunOptions& options) {
  Attendant attendant(store, pool, options);
  for (;;) {
    const bool growing = options.grow && options.grow([&] { attendant.attend(); });
    if (!growing && store.unfinished() == 0) break;
    attendant.attend();
    std::this_thread::sleep_for(kPoll);
  }
  pool.stop();
  look_after(store, pool, options);
}

}  // namespace

std::unique_ptr<Store> begin_study(const std::filesystem::path& file, const Plan& plan, const std::vector<Job>& jobs,
                                   const Known& known) {
  make_folders(file.parent_path());
  const bool creates = !store_exists(file);
  if (creates) create_store(file, to_json(plan), jobs, known);
  auto store = [&] {
    try {
      return open_store(file, Access::write);
    } catch (const DataError&) {
      // it holds nothing yet, and the next command should find nothing
      std::error_code ignored;
      for (const char* suffix : {"", "-wal", "-shm"}) {
        if (creates) std::filesystem::remove(file.string() + suffix, ignored);
      }
      throw;
    }
  }();
  const Plan there = plan_of(*store, file);
  const bool grows = plan.search || plan.one_shot;  // and has more jobs than it began with
  const bool same_jobs = grows || jobs_of(*store) == jobs;
  if (!there.same_as(plan) || !same_jobs) {
    throw UsageError(file.string(), "expected a study of this command; the file holds another: {}",
                     fmt::join(there.command_line, " "));
  }
  return store;
}

std::unique_ptr<Store> open_study(const std::filesystem::path& file, Access access, Plan& plan) {
  auto store = open_store(file, access);
  plan = plan_of(*store, file);
  return store;
}

bool DataRecord::agrees_with(const DataRecord& other) const {
  DataRecord mine = *this;
  if (class_names.empty() || other.class_names.empty()) {
    mine.class_names = other.class_names;
    mine.mean = other.mean;
    mine.deviation = other.deviation;
  }
  return mine == other;
}

Json to_json(const DataRecord& record) {
  Json object = {{"digest", record.digest},
                 {"channels", record.task.input.channels},
                 {"height", record.task.input.height},
                 {"width", record.task.input.width},
                 {"classes", record.task.classes},
                 {"train", record.train},
                 {"valid", record.valid},
                 {"test", record.test}};
  if (!record.class_names.empty()) {
    object["class_names"] = record.class_names;
    object["mean"] = record.mean;
    object["deviation"] = record.deviation;
  }
  return object;
}

DataRecord data_record_from_json(const Json& object, std::string_view place) {
  DataRecord record{.digest = member<std::string>(object, "digest", place),
                    .task = {.input = {.channels = member<int>(object, "channels", place),
                                       .height = member<int>(object, "height", place),
                                       .width = member<int>(object, "width", place)},
                             .classes = member<int>(object, "classes", place)},
                    .train = member<int>(object, "train", place),
                    .valid = member<int>(object, "valid", place),
                    .test = member<int>(object, "test", place)};
  if (object.contains("class_names")) {
    for (const Json& name : member<Json>(object, "class_names", place)) {
      if (!name.is_string()) throw DataError(place, "expected 'class_names' to be texts; got {}", name.dump());
      record.class_names.push_back(name.get<std::string>());
    }
    record.mean = member<std::vector<double>>(object, "mean", place);
    record.deviation = member<std::vector<double>>(object, "deviation", place);
  }
  return record;
}

std::filesystem::path checkpoint_folder(const std::filesystem::path& study) { return study.string() + ".checkpoints"; }

std::filesystem::path checkpoint_file(const std::filesystem::path& study, int trial) {
  return checkpoint_folder(study) / fmt::format("trial-{}.ckpt", trial);
}

Ending run_study(Store& store, const RunOptions& options) {
  lead(store, options.study);
  const Retirement retirement(store);
  prepare_surroundings(options.threads);
  WorkerPool pool(store, {.workers = options.workers,
                          .program = options.engine,
                          .arguments = {"worker", "--study", options.study.string()},
                          .lanes = options.lanes,
                          .log = options.study.string() + ".log"});
  try {
    train_all(store, pool, options);
    return Ending::finished;
  } catch (const GaveUp&) {
    pool.stop();
    expect_in_place(store, pool, options.study);
    return Ending::stopped;
  } catch (const TakenAway&) {
    throw;
  } catch (const DataError&) {
    expect_in_place(store, pool, options.study);  // where it was taken away, that is what is wrong
    throw;
  }
}

}  // namespace tse
