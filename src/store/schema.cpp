#include "schema.h"

#include <string>
#include <vector>

#include "tse/base/error.h"

namespace tse {

void create_tables(Database& db, std::span<const SchemaItem> items) {
  for (const bool tables : {true, false}) {
    for (const SchemaItem& item : items) {
      if (item.sql.starts_with("CREATE TABLE") == tables) db.connection().exec(std::string(item.sql));
    }
  }
}

void check_schema(Database& db) {
  std::vector<SchemaItem> expected;
  if (db.format() == kCurveFormatVersion) expected.assign(kCurveSchema.begin(), kCurveSchema.end());
  expected.insert(expected.end(), kSchema.begin(), kSchema.end());
  Query items = db.query("schema", "SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name");
  std::size_t seen = 0;
  for (; items.next(); ++seen) {
    const bool same = seen < expected.size() && items.text(0) == expected[seen].name && !items.is_null(1) &&
                      items.text(1) == expected[seen].sql;
    if (!same) throw DataError(db.name(), "expected the tables of a study; got a foreign '{}'", items.text(0));
  }
  if (seen != expected.size())
    throw DataError(db.name(), "expected the tables of a study; '{}' is missing", expected[seen].name);
}

}  // namespace tse
