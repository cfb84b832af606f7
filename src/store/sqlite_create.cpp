#include "draft.h"
#include "schema.h"
#include "sqlite.h"
#include "tse/store/codec.h"
#include "tse/store/store.h"

namespace tse {

void write_plan(Database& db, const Json& plan) {
  db.run("INSERT INTO study VALUES (1, ?, NULL, NULL, NULL, NULL)", json_line(plan, "plan"));
}

void create_sqlite_study(const std::filesystem::path& path, const Json& plan, std::vector<Job> jobs) {
  make_study_file(path, {}, [&](Database& db) {
    create_tables(db, kSchema);
    write_plan(db, plan);
    append_trials(db, std::move(jobs));
  });
}

void create_finished_study(const std::filesystem::path& path, const Json& plan,
                           const std::map<std::string, Json>& facts, const std::vector<Trial>& trials) {
  make_study_file(path, {.concurrent = false}, [&](Database& db) {
    create_tables(db, kSchema);
    write_plan(db, plan);
    for (const auto& [name, value] : facts) {
      db.run("INSERT INTO fact VALUES (?, ?)", name, json_line(value, "fact " + name));
    }
    std::vector<Job> jobs;
    for (const Trial& trial : trials) jobs.push_back(trial.job);
    append_trials(db, std::move(jobs));
    for (const Trial& trial : trials) {
      record_result(db, trial.job.number, trial.trace.status, encode_trace(trial.trace));
    }
  });
}

}  // namespace tse
