// A study of imported curves, damaged anywhere in the file: SQLite's pages, our tables, the numbers.
#include <unistd.h>

#include <algorithm>
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

/// SQLite's pages are mostly empty here: an input is the study without them, pieces of (offset, size, bytes).
constexpr std::size_t kMostBytes = std::size_t{1} << 20U;  // of a file

void put_number(std::string& to, std::size_t number) {
  for (int i = 0; i < 3; ++i) to += static_cast<char>(number >> (8 * i) & 0xffU);
}

std::string squeeze(const std::string& whole) {
  std::string pieces;
  for (std::size_t at = 0; at < whole.size();) {
    if (whole[at] == 0) {
      ++at;
      continue;
    }
    std::size_t end = at;
    for (std::size_t zeros = 0; end < whole.size() && zeros < 16; ++end) zeros = whole[end] == 0 ? zeros + 1 : 0;
    put_number(pieces, at);
    put_number(pieces, end - at);
    pieces += whole.substr(at, end - at);
    at = end;
  }
  put_number(pieces, whole.size());
  return pieces;
}

std::string stretch(std::string_view pieces) {
  std::string whole;
  const auto number = [&] {
    std::size_t value = 0;
    for (int i = 0; i < 3; ++i) value |= static_cast<std::size_t>(static_cast<unsigned char>(pieces[i])) << (8 * i);
    pieces.remove_prefix(3);
    return value;
  };
  while (pieces.size() >= 3) {
    const std::size_t at = std::min(number(), kMostBytes);
    if (whole.size() < at) whole.resize(at);
    if (pieces.size() < 3) break;
    const std::size_t asked = number();
    const std::size_t size = std::min(asked, pieces.size());
    whole.replace(at, std::min(size, whole.size() - at), pieces.substr(0, size));
    pieces.remove_prefix(size);
  }
  return whole;
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
  std::ifstream in(file(), std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(in), {}};
  if (stretch(squeeze(whole)) != whole) std::abort();
  return {squeeze(whole)};
}

}  // namespace tse::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tse;
  const fuzz::Remove remove;
  std::ofstream(fuzz::file(), std::ios::binary) << fuzz::stretch({reinterpret_cast<const char*>(data), size});
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
