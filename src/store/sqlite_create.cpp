#include "draft.h"
#include "schema.h"
#include "sqlite.h"
#include "tse/store/codec.h"
#include "tse/store/store.h"
#include "tse/store/study_file.h"

namespace tse {

void write_plan(Database& db, const Json& plan) {
  db.run("INSERT INTO study VALUES (1, ?, NULL, NULL, NULL, NULL)", json_line(plan, "plan"));
}

namespace {

void fill(Database& db, const Json& plan, std::vector<Job> jobs, const Known& known) {
  create_tables(db, kSchema);
  write_plan(db, plan);
  for (const auto& [name, value] : known.facts) {
    db.run("INSERT INTO fact VALUES (?, ?)", name, json_line(value, "fact " + name));
  }
  append_trials(db, std::move(jobs));
  for (const auto& [trial, trace] : known.results) record_result(db, trial, trace.status, encode_trace(trace));
}

}  // namespace

void create_sqlite_study(const std::filesystem::path& path, const Json& plan, std::vector<Job> jobs,
                         const Known& known) {
  make_study_file(path, {}, [&](Database& db) { fill(db, plan, std::move(jobs), known); });
}

void create_finished_study(const std::filesystem::path& path, const Json& plan,
                           const std::map<std::string, Json>& facts, const std::vector<Trial>& trials) {
  std::vector<Job> jobs;
  Known known{.facts = facts};
  for (const Trial& trial : trials) {
    jobs.push_back(trial.job);
    known.results.emplace(trial.job.number, trial.trace);
  }
  make_study_file(path, {.concurrent = false}, [&](Database& db) { fill(db, plan, std::move(jobs), known); });
}

}  // namespace tse
