#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "store/samples.h"
#include "tse/base/error.h"
#include "tse/store/store.h"
#include "tse/store/study_file.h"

namespace tse {

namespace fs = std::filesystem;

inline const Json kPlan = {{"verb", "test"}};

/// Studies in files, in a folder of their own.
class SqliteTest : public testing::Test {
 protected:
  fs::path file(const std::string& name = "study.db") const { return folder_ / name; }
  const fs::path& folder() const { return folder_.path(); }

  std::unique_ptr<Store> make(int trials) {
    create_sqlite_study(file(), kPlan, sample_jobs(trials));
    return open();
  }
  std::unique_ptr<Store> open(Access access = Access::write) { return open_sqlite_study(file(), access); }

  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder())) names.push_back(entry.path().filename());
    return names;
  }

 private:
  TemporaryFolder folder_;
};

inline std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const DataError& error) {
    return error.what();
  }
  return "no DataError";
}

inline std::string content(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

inline void put(const fs::path& file, const std::string& bytes) { std::ofstream(file, std::ios::binary) << bytes; }

inline bool is_sound(const fs::path& file) {
  sqlite3* handle = nullptr;
  sqlite3_open(file.c_str(), &handle);
  std::string answer;
  const auto take = [](void* target, int, char** values, char**) {
    *static_cast<std::string*>(target) += values[0];
    return 0;
  };
  sqlite3_exec(handle, "PRAGMA integrity_check", take, &answer, nullptr);
  sqlite3_close(handle);
  return answer == "ok";
}

}  // namespace tse
