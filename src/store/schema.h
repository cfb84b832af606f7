#pragma once

#include <array>
#include <span>
#include <string_view>

#include "database.h"

namespace tse {

struct SchemaItem {
  std::string_view name;
  std::string_view sql;
};

/// States of a trial and endings of a lease, as the tables have them.
enum StoredState : int { kWaiting = 0, kRunning = 1, kFinished = 2 };
enum LeaseEnding : int { kHeld = 0, kRecorded = 1, kReleased = 2, kLost = 3, kCrashed = 4 };

/// The tables of every study, in order of name. A study whose schema differs in a letter is refused: triggers and views
/// of a foreign file never run.
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

/// The tables that a study of imported curves has besides; their names come before those above. Numbers are float64,
/// little-endian, `numbers` of `curve` rows x epochs, of `curve_column` one per row; `recorded` counts those that are
/// not NaN; `crc` is the CRC-32 of the blob beside it. `archs` is deflated: of each its length (u32), then its bytes.
inline constexpr std::array kCurveSchema = {
    SchemaItem{"curve",
               "CREATE TABLE curve (number INTEGER PRIMARY KEY, metric TEXT NOT NULL, recorded INTEGER NOT NULL, "
               "crc INTEGER NOT NULL, numbers BLOB NOT NULL) STRICT"},
    SchemaItem{"curve_column",
               "CREATE TABLE curve_column (number INTEGER PRIMARY KEY, name TEXT NOT NULL, recorded INTEGER NOT NULL, "
               "crc INTEGER NOT NULL, numbers BLOB NOT NULL) STRICT"},
    SchemaItem{"curve_table",
               "CREATE TABLE curve_table (one INTEGER PRIMARY KEY, rows INTEGER NOT NULL, epochs INTEGER NOT NULL, "
               "outcome TEXT NOT NULL, outcome_lower INTEGER NOT NULL, source TEXT NOT NULL, "
               "archs_bytes INTEGER NOT NULL, crc INTEGER NOT NULL, archs BLOB NOT NULL) STRICT"},
};

/// Makes tables and indexes, those first.
void create_tables(Database& db, std::span<const SchemaItem> items);

/// DataError where the tables are not those that the file's format has.
void check_schema(Database& db);

}  // namespace tse
