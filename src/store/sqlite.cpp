#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "database.h"
#include "schema.h"
#include "sqlite.h"
#include "tse/base/error.h"
#include "tse/store/codec.h"
#include "tse/store/store.h"
#include "tse/store/study_file.h"

namespace tse {
namespace {

constexpr double kCoordinatorPatience = 60;  // seconds

Owner read_owner(const Query& row, int column) {
  return {.host = row.text(column),
          .process = row.small(column + 1),
          .started = row.integer(column + 2, 0, std::numeric_limits<std::int64_t>::max())};
}

void check_finished(const Trace& trace) {
  if (trace.status == TraceStatus::running) throw std::logic_error("a result must not be running");
}

/// A curve is as long as its last evaluation is late, so a row must not claim one after epochs that it has no losses
/// of.
void check_evaluations(const Trace& trace, const Job& job, const std::string& place) {
  const int most = std::min(job.budget.epochs, epochs(trace));
  for (const Evaluation& evaluation : trace.evaluations) {
    if (evaluation.epoch > most)
      throw DataError(place, "expected evaluations of trial {} within its {} epochs; got one after epoch {}",
                      job.number, most, evaluation.epoch);
  }
}

class SqliteStore : public Store {
 public:
  SqliteStore(const std::filesystem::path& path, Access access, std::chrono::milliseconds patience)
      : db_(path, access == Access::write ? Database::Mode::write : Database::Mode::read, patience) {
    db_.blame([this] { return coordinator_in_words(); });
    db_.guarded([&] { check_schema(db_); });
    look_for_a_lost_log(path);
  }

  Json plan() override { return read_plan(db_); }

  Json remember(const std::string& name, const Json& value) override {
    const std::string line = json_line(value, "fact " + name);
    return db_.write([&] {
      db_.run("INSERT OR IGNORE INTO fact VALUES (?, ?)", name, line);
      return recall(name).value();
    });
  }

  std::optional<Json> recall(const std::string& name) override {
    return db_.guarded([&]() -> std::optional<Json> {
      Query row = db_.query("fact", "SELECT name, value FROM fact WHERE name = ?", name);
      if (!row.next()) return std::nullopt;
      return parse_json(row.text(1), row.place());
    });
  }

  void append(std::vector<Job> jobs) override {
    db_.write([&] { append_trials(db_, std::move(jobs)); });
  }

  void append_finished(Job job, const Trace& trace) override {
    check_finished(trace);
    const std::string bytes = encode_trace(trace);
    db_.write([&] {
      const int number = append_trials(db_, {std::move(job)}) - 1;
      record_result(db_, number, trace.status, bytes);
    });
  }

  std::optional<Claim> claim(const Owner& owner, double patience_seconds) override {
    return db_.write([&]() -> std::optional<Claim> {
      const std::optional<int> number = find_waiting(patience_seconds);
      if (!number) return std::nullopt;
      db_.run(
          "UPDATE lease SET ending = 3 WHERE ending = 0 AND number = (SELECT lease FROM trial WHERE trial.number = ?)",
          *number);
      db_.run("INSERT INTO lease VALUES (NULL, ?, ?, ?, ?, 0, ?, 0, 0, 0, 0)", *number, owner.host, owner.process,
              owner.started, wall_seconds());
      const std::int64_t lease = db_.last_row();
      db_.run("UPDATE trial SET state = 1, lease = ? WHERE number = ?", lease, *number);
      return Claim{.lease = {.trial = *number, .number = lease}, .job = read_job(*number)};
    });
  }

  bool heartbeat(const Lease& lease, const Progress& progress) override {
    return db_.guarded([&] {
      return db_.run(
                 "UPDATE lease SET beat = ?, steps = ?, steps_total = ?, images_per_second = ?, last_loss = ? "
                 "WHERE number = ? AND trial = ? AND ending = 0",
                 wall_seconds(), progress.steps, progress.steps_total, progress.images_per_second, progress.last_loss,
                 lease.number, lease.trial) == 1;
    });
  }

  bool finish(const Lease& lease, const Trace& trace) override {
    check_finished(trace);
    const std::string bytes = encode_trace(trace);
    return db_.write([&] {
      if (end_lease(lease, kRecorded)) {
        record_result(db_, lease.trial, trace.status, bytes);
        return true;
      }
      db_.run(
          "INSERT OR IGNORE INTO late SELECT number, trial, ? FROM lease "
          "WHERE number = ? AND trial = ? AND ending IN (3, 4)",
          std::string_view(bytes), lease.number, lease.trial);
      return false;
    });
  }

  bool release(const Lease& lease) override {
    return db_.write([&] {
      if (!end_lease(lease, kReleased)) return false;
      db_.run("UPDATE trial SET state = 0 WHERE number = ?", lease.trial);
      return true;
    });
  }

  void crashed(const Owner& owner, int limit, const std::string& reason) override {
    db_.write([&] {
      std::vector<std::pair<std::int64_t, int>> held;  // number of the lease, trial
      {
        Query row = db_.query("lease",
                              "SELECT number, trial, ending FROM lease WHERE host = ? AND process = ? AND started = ? "
                              "ORDER BY number DESC",
                              owner.host, owner.process, owner.started);
        for (bool newest = true; row.next(); newest = false) {
          const std::int64_t ending = row.integer(2, kHeld, kCrashed);
          if (ending != kHeld && !(newest && ending == kLost)) continue;
          held.emplace_back(row.integer(0, 1, std::numeric_limits<std::int64_t>::max()), row.small(1));
        }
      }
      for (const auto& [number, trial] : held) {
        db_.run("UPDATE lease SET ending = 4 WHERE number = ?", number);
        count_crash(trial, limit, reason);
      }
    });
  }

  int count() override {
    return db_.guarded([&] {
      Query last = db_.query("trial", "SELECT max(number) FROM trial");
      return last.next() && !last.is_null(0) ? last.small(0) + 1 : 0;
    });
  }

  int unfinished() override {
    return db_.guarded([&] {
      Query row = db_.query("trial", "SELECT count(*) FROM trial INDEXED BY unfinished WHERE state <> 2");
      return row.next() ? row.small(0) : 0;
    });
  }

  Trial trial(int number) override {
    return db_.read([&] {
      std::vector<Trial> one = read_trials(number, number);
      if (one.empty()) throw UsageError(db_.name(), "expected a trial in [0, {}); got {}", count(), number);
      read_traces(one);
      return std::move(one.front());
    });
  }

  std::vector<Trial> trials(bool traces) override {
    return db_.read([&] {
      std::vector<Trial> all = read_trials(0, std::numeric_limits<int>::max());
      if (traces) read_traces(all);
      return all;
    });
  }

  std::vector<Trace> late_results(int number) override {
    return db_.guarded([&] {
      std::vector<Trace> late;
      Query row = db_.query("late", "SELECT lease, trace FROM late WHERE trial = ? ORDER BY lease", number);
      while (row.next())
        check_evaluations(late.emplace_back(decode_trace(row.blob(1), row.place())), read_job(number), row.place());
      return late;
    });
  }

  std::optional<Owner> coordinate(const Owner& owner) override {
    bool begins = false;
    const auto other = db_.write([&]() -> std::optional<Owner> {
      const auto now = live_coordinator();
      if (now && *now != owner) return now;
      begins = !now;
      db_.run("UPDATE study SET host = ?, process = ?, started = ?, beat = ?", owner.host, owner.process, owner.started,
              wall_seconds());
      return std::nullopt;
    });
    // into the file itself, so that it tells of its log even where that is missing one day
    if (begins) db_.guarded([&] { db_.connection().exec("PRAGMA wal_checkpoint(PASSIVE)"); });
    return other;
  }

  std::optional<Owner> coordinator() override {
    return db_.guarded([&] { return live_coordinator(); });
  }

  void retire(const Owner& owner) override {
    db_.write([&] { forget_coordinator(owner); });
  }

  std::vector<Holder> holders() override {
    return db_.guarded([&] {
      std::vector<Holder> all;
      Query row = db_.query("lease",
                            "SELECT number, host, process, started, count(*), max(beat), sum(steps) FROM lease "
                            "WHERE ending = 0 GROUP BY host, process, started");
      while (row.next()) {
        all.push_back({.owner = read_owner(row, 1),
                       .trials = row.small(4),
                       .silence = wall_seconds() - row.real(5),
                       .steps = row.integer(6, 0, std::numeric_limits<std::int64_t>::max())});
      }
      return all;
    });
  }

  int retry_failed() override {
    return db_.write([&] {
      db_.run("DELETE FROM result WHERE trial IN (SELECT number FROM trial WHERE state = 2 AND status = 'failed')");
      return db_.run(
          "UPDATE trial SET state = 0, status = 'running', crashes = 0 WHERE state = 2 AND status = 'failed'");
    });
  }

  bool in_place() override { return db_.in_place(); }

  void copy_to(const std::filesystem::path& file) override {
    db_.copy_to(file);
    Database copy(file, Database::Mode::write, std::chrono::seconds(30));
    copy.write([&] { copy.run("UPDATE study SET host = NULL, process = NULL, started = NULL, beat = NULL"); });
  }

  std::vector<std::string> warnings() override { return warnings_; }

 private:
  /// A process that ran the study and did not retire was killed, or runs it still, and has its newest commits in the
  /// log. Where the log was there, it has been read by now.
  void look_for_a_lost_log(const std::filesystem::path& path) {
    const std::optional<Owner> last = db_.guarded([&] { return last_coordinator(); });
    if (!last || (last->host == self().host && !is_dead(*last))) return;
    if (!db_.had_log()) {
      warnings_.push_back(
          fmt::format("{0}: what ran it was killed or runs it elsewhere, and its log {0}-wal is not beside it; if the "
                      "study was moved "
                      "or copied without it, the newest results are there",
                      path.string()));
    } else if (db_.may_write() && is_dead(*last)) {
      try {
        db_.guarded([&] { forget_coordinator(*last); });
      } catch (const DataError&) {
        // a full disk keeps nobody from reading; the next one tries again
      }
    }
  }

  void forget_coordinator(const Owner& owner) {
    db_.run(
        "UPDATE study SET host = NULL, process = NULL, started = NULL, beat = NULL "
        "WHERE host = ? AND process = ? AND started = ?",
        owner.host, owner.process, owner.started);
  }

  std::optional<Owner> last_coordinator() {
    Query row = db_.query("study", "SELECT one, host, process, started, beat FROM study WHERE host IS NOT NULL");
    return row.next() ? std::optional(read_owner(row, 1)) : std::nullopt;
  }

  std::optional<Owner> live_coordinator() {
    Query row = db_.query("study", "SELECT one, host, process, started, beat FROM study WHERE host IS NOT NULL");
    if (!row.next()) return std::nullopt;
    const Owner owner = read_owner(row, 1);
    const bool gone = owner.host == self().host ? is_dead(owner) : is_silent(row.real(4), kCoordinatorPatience);
    return gone ? std::nullopt : std::optional(owner);
  }

  std::string coordinator_in_words() {
    try {
      if (const auto now = live_coordinator()) return fmt::format("; the study is run by {}", to_text(*now));
    } catch (const SQLite::Exception&) {
      // it could not even be read: then nobody is named
    }
    return "";
  }

  std::optional<int> find_waiting(double patience_seconds) {
    Query row = db_.query("trial",
                          "SELECT trial.number, state, host, process, started, beat FROM trial INDEXED BY unfinished "
                          "LEFT JOIN lease ON lease.number = trial.lease WHERE state <> 2 ORDER BY trial.number");
    while (row.next()) {
      const bool waits = row.integer(1, kWaiting, kFinished) == kWaiting || is_silent(row.real(5), patience_seconds) ||
                         is_dead(read_owner(row, 2));
      if (waits) return row.small(0);
    }
    return std::nullopt;
  }

  /// False where it was over already.
  bool end_lease(const Lease& lease, LeaseEnding ending) {
    return db_.run("UPDATE lease SET ending = ? WHERE number = ? AND trial = ? AND ending = 0",
                   static_cast<int>(ending), lease.number, lease.trial) == 1;
  }

  void count_crash(int trial, int limit, const std::string& reason) {
    std::int64_t crashes = 0;
    std::int64_t lease = 0;
    {
      Query row = db_.query("trial", "SELECT number, state, crashes, lease FROM trial WHERE number = ?", trial);
      if (!row.next() || row.integer(1, kWaiting, kFinished) == kFinished) return;
      crashes = row.small(2) + 1;
      lease = row.integer(3, 1, std::numeric_limits<std::int64_t>::max());
    }
    db_.run("UPDATE trial SET crashes = ? WHERE number = ?", crashes, trial);
    if (crashes >= limit) {
      db_.run("UPDATE lease SET ending = 3 WHERE number = ? AND ending = 0", lease);
      record_result(db_, trial, TraceStatus::failed, encode_trace({.status = TraceStatus::failed, .reason = reason}));
    } else {
      // unless somebody has taken it over already
      db_.run(
          "UPDATE trial SET state = 0 WHERE number = ? AND (SELECT ending FROM lease WHERE lease.number = trial.lease) "
          "= 4",
          trial);
    }
  }

  Job read_job(int number) {
    Query row = db_.query("trial", "SELECT number, job FROM trial WHERE number = ?", number);
    if (!row.next()) throw DataError(db_.name(), "expected a trial {}; there is none", number);
    return decode_job(row.text(1), number, row.place());
  }

  /// Jobs never change, so each is read once.
  void read_jobs() {
    Query row = db_.query("trial", "SELECT number, job FROM trial WHERE number >= ? ORDER BY number",
                          static_cast<std::int64_t>(jobs_.size()));
    while (row.next()) {
      const int number = row.small(0);
      if (static_cast<std::size_t>(number) != jobs_.size()) {
        throw DataError(row.place(), "expected trials without gaps; trial {} is missing", jobs_.size());
      }
      jobs_.push_back(decode_job(row.text(1), number, row.place()));
    }
  }

  std::vector<Trial> read_trials(int first, int last) {
    read_jobs();
    std::vector<Trial> list;
    Query row = db_.query("trial",
                          "SELECT trial.number, state, status, crashes, steps, steps_total, images_per_second, "
                          "last_loss FROM trial LEFT JOIN lease ON lease.number = trial.lease "
                          "WHERE trial.number BETWEEN ? AND ? ORDER BY trial.number",
                          first, last);
    while (row.next()) {
      Trial& trial = list.emplace_back();
      trial.job = jobs_.at(static_cast<std::size_t>(row.small(0)));
      const std::int64_t state = row.integer(1, kWaiting, kFinished);
      trial.state = state == kWaiting   ? TrialState::waiting
                    : state == kRunning ? TrialState::running
                                        : TrialState::finished;
      trial.trace.status = parse_status(row.text(2), row.place());
      if ((trial.trace.status == TraceStatus::running) == (trial.state == TrialState::finished)) {
        throw DataError(row.place(), "expected a status that fits state {}; got '{}'", state, row.text(2));
      }
      trial.crashes = row.small(3);
      if (row.is_null(4)) continue;
      constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
      trial.progress = {.steps = row.integer(4, 0, kMost),
                        .steps_total = row.integer(5, 0, kMost),
                        .images_per_second = row.real(6),
                        .last_loss = row.real(7)};
    }
    return list;
  }

  void read_traces(std::vector<Trial>& trials) {
    for (Trial& trial : trials) {
      if (trial.state != TrialState::finished) continue;
      Query row = db_.query("result", "SELECT trial, trace FROM result WHERE trial = ?", trial.job.number);
      if (!row.next()) throw DataError(db_.name(), "expected a result of trial {}; there is none", trial.job.number);
      Trace trace = decode_trace(row.blob(1), row.place());
      if (trace.status != trial.trace.status) {
        throw DataError(row.place(), "expected status '{}'; got '{}'", to_text(trial.trace.status),
                        to_text(trace.status));
      }
      check_evaluations(trace, trial.job, row.place());
      trial.trace = std::move(trace);
    }
  }

  Database db_;
  std::vector<std::string> warnings_;
  std::vector<Job> jobs_;
};

}  // namespace

Json read_plan(Database& db) {
  return db.guarded([&] {
    Query row = db.query("study", "SELECT one, plan FROM study");
    if (!row.next()) throw DataError(db.name(), "expected a plan; there is none");
    return parse_json(row.text(1), row.place());
  });
}

void record_result(Database& db, int trial, TraceStatus status, std::string_view trace) {
  db.run("UPDATE trial SET state = 2, status = ? WHERE number = ?", std::string(to_text(status)), trial);
  db.run("INSERT INTO result VALUES (?, ?)", trial, trace);
}

int append_trials(Database& db, std::vector<Job> jobs) {
  int number = 0;
  {
    Query last = db.query("trial", "SELECT max(number) FROM trial");
    if (last.next() && !last.is_null(0)) number = last.small(0) + 1;
  }
  for (Job& job : jobs) {
    job.number = number++;
    db.run("INSERT INTO trial VALUES (?, ?, 0, 'running', 0, NULL)", job.number, encode_job(job));
  }
  return number;
}

std::unique_ptr<Store> open_sqlite_study(const std::filesystem::path& path, Access access,
                                         std::chrono::milliseconds patience) {
  return std::make_unique<SqliteStore>(path, access, patience);
}

}  // namespace tse
