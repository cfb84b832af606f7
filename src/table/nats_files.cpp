#include "nats_files.h"

#include <algorithm>
#include <future>
#include <system_error>

#include "tse/base/error.h"
#include "tse/base/file.h"
#include "tse/base/hash.h"

namespace tse {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".pickle.pbz2";
constexpr std::size_t kMostPacked = std::size_t{1} << 24U;
constexpr PickleLimits kLimits;

Pickle unpickle(const Bytes& packed, const fs::path& file) {
  return Pickle::parse(unpack(packed, Packing::bzip2, file.string(), kLimits.bytes), file.string(), kLimits);
}

bool is_cell(const std::string& name) {
  if (!name.ends_with(kEnding) || name.size() == kEnding.size()) return false;
  return std::all_of(name.begin(), name.end() - static_cast<std::ptrdiff_t>(kEnding.size()),
                     [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::vector<fs::path> nats_files(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    if (is_cell(entry->path().filename().string())) files.push_back(entry->path());
  }
  if (error) throw DataError(folder.string(), "expected a folder of NATS-Bench files; {}", error.message());
  if (files.empty()) throw DataError(folder.string(), "expected files like 000000{}; there is none", kEnding);
  std::ranges::sort(files);
  return files;
}

NatsFile read_nats_file(const fs::path& file) {
  const Bytes packed = read_file(file, kMostPacked);
  return {.cell = read_nats_cell(unpickle(packed, file)), .sha256 = Hash().add(packed).hex()};
}

std::vector<std::string> nats_archs(const fs::path& folder) {
  const fs::path file = folder / "meta.pickle.pbz2";
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return {};
  return read_nats_meta(unpickle(read_file(file, kMostPacked), file));
}

void read_nats_files(const std::vector<fs::path>& files, int threads,
                     const std::function<void(std::size_t number, NatsFile file)>& take) {
  const std::size_t at_once = static_cast<std::size_t>(std::clamp(threads, 1, 64));
  std::vector<std::future<NatsFile>> ahead(at_once);
  for (std::size_t i = 0; i < files.size() + at_once; ++i) {
    std::future<NatsFile>& slot = ahead[i % at_once];
    if (i >= at_once && i - at_once < files.size()) take(i - at_once, slot.get());
    if (i < files.size()) slot = std::async(std::launch::async, read_nats_file, files[i]);
  }
}

}  // namespace tse
