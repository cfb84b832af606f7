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

}  // namespace tse
