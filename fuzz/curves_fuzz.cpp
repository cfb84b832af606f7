// A study of imported curves, damaged anywhere in the file: SQLite's pages, our tables, the numbers.
#include <sqlite3.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "fuzz.h"
#include "tse/store/curve_study.h"

namespace tse::fuzz {
namespace {

std::filesystem::path file() {
  static const std::filesystem::path name = [] {
    const std::filesystem::path memory = "/dev/shm";
    const bool there = access(memory.c_str(), W_OK) == 0;
    return (there ? memory : std::filesystem::temp_directory_path()) / ("tse-fuzz-" + std::to_string(getpid()));
  }();
  return name;
}

struct Remove {
  Remove() = default;
  Remove(const Remove&) = delete;
  ~Remove() {
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) unlink((file().string() + suffix).c_str());
  }
};

/// Our pages of 16 KB would be mostly empty.
void shrink_pages() {
  sqlite3* handle = nullptr;
  sqlite3_open(file().c_str(), &handle);
  sqlite3_exec(handle, "PRAGMA page_size = 512; VACUUM", nullptr, nullptr, nullptr);
  sqlite3_close(handle);
}

}  // namespace

std::vector<std::string> seeds() {
  const CurveTable table{.archs = {"a", "b"},
                         .epochs = 2,
                         .curves = {{Metric::train_loss, {1.5, 1.25, 3, 2}}, {Metric::test_error, {1, 2, 3, 4}}},
                         .columns = {{"params", {1, 2}}},
                         .outcome = "params",
                         .source = {{"kind", "fuzz"}}};
  const Remove remove;
  create_curve_study(file(), table, {{"verb", "import"}});
  shrink_pages();
  std::ifstream in(file(), std::ios::binary);
  return {{std::istreambuf_iterator<char>(in), {}}};
}

}  // namespace tse::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tse;
  const fuzz::Remove remove;
  std::ofstream(fuzz::file(), std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  return fuzz::may_refuse([&] {
    const CurveTable table = read_curve_table(fuzz::file());
    const std::size_t numbers = table.rows() * static_cast<std::size_t>(table.epochs);
    for (const auto& [metric, values] : table.curves) {
      if (values.size() != numbers) std::abort();
    }
    for (const auto& [name, values] : table.columns) {
      if (values.size() != table.rows()) std::abort();
    }
  });
}
