#pragma once

#include <array>
#include <string_view>

namespace tse {

struct SchemaItem {
  std::string_view name;
  std::string_view sql;
};

/// States of a trial and endings of a lease, as the tables have them.
enum StoredState : int { kWaiting = 0, kRunning = 1, kFinished = 2 };
enum LeaseEnding : int { kHeld = 0, kRecorded = 1, kReleased = 2, kLost = 3, kCrashed = 4 };

/// The tables of format 1, in order of name. A study whose schema differs in a letter is refused: triggers and views of
/// a foreign file never run.
inline constexpr std::array kSchema = {
    SchemaItem{"fact", "CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID"},
    SchemaItem{"late",
               "CREATE TABLE late (lease INTEGER PRIMARY KEY, trial INTEGER NOT NULL, trace BLOB NOT NULL) "
               "STRICT"},
    // one for each claim: who held it, how far it came, and how it ended
    SchemaItem{"lease",
               "CREATE TABLE lease (number INTEGER PRIMARY KEY, trial INTEGER NOT NULL, host TEXT NOT NULL, "
               "process INTEGER NOT NULL, started INTEGER NOT NULL, ending INTEGER NOT NULL, beat REAL NOT NULL, "
               "steps INTEGER NOT NULL, steps_total INTEGER NOT NULL, images_per_second REAL, last_loss REAL) STRICT"},
    SchemaItem{"result", "CREATE TABLE result (trial INTEGER PRIMARY KEY, trace BLOB NOT NULL) STRICT"},
    SchemaItem{"study",
               "CREATE TABLE study (one INTEGER PRIMARY KEY, plan TEXT NOT NULL, host TEXT, process INTEGER, "
               "started INTEGER, beat REAL) STRICT"},
    SchemaItem{"trial",
               "CREATE TABLE trial (number INTEGER PRIMARY KEY, job TEXT NOT NULL, state INTEGER NOT NULL, "
               "status TEXT NOT NULL, crashes INTEGER NOT NULL, lease INTEGER) STRICT"},
    SchemaItem{"unfinished", "CREATE INDEX unfinished ON trial (number) WHERE state <> 2"},
};

}  // namespace tse
