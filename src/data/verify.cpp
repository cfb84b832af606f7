#include "tse/data/verify.h"

#include <map>
#include <sstream>

#include "tse/base/file.h"
#include "tse/base/hash.h"
#include "tse/data/fetch.h"

namespace tse {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostUnpackedBytes = std::size_t{256} << 20U;  // of one file, unpacked
constexpr std::size_t kMostSums = std::size_t{1} << 20U;

/// As sha256sum writes it: the digits, a space, a space or star, the name. Other lines are not ours to judge.
std::map<std::string, std::string> read_sums(const fs::path& folder) {
  std::map<std::string, std::string> sums;
  const fs::path file = folder / "SHA256SUMS";
  if (!fs::exists(file)) return sums;
  std::istringstream lines{std::string(as_text(read_file(file, kMostSums)))};
  for (std::string line; std::getline(lines, line);) {
    if (line.size() > 66 && line[64] == ' ') sums[line.substr(66)] = line.substr(0, 64);
  }
  return sums;
}

}  // namespace

std::vector<FileCheck> check_files(const Data& data) {
  const std::string name = parse_spec(data.spec(), "data").name;
  std::vector<FileCheck> checks;
  for (const fs::path& file : data.files()) {
    const std::string content = (packing_of(file) == Packing::none ? file.filename() : file.stem()).string();
    checks.push_back({.file = file,
                      .sha256 = Hash().add(read_unpacked(file, kMostUnpackedBytes)).hex(),
                      .listed = read_sums(file.parent_path())[content],
                      .published = published_hash(name, file)});
  }
  return checks;
}

}  // namespace tse
