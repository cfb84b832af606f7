#include "tse/data/verify.h"

#include <map>

#include "tse/base/error.h"
#include "tse/base/file.h"
#include "tse/base/hash.h"
#include "tse/base/path.h"
#include "tse/base/text.h"
#include "tse/data/checksum_list.h"
#include "tse/data/fetch.h"

namespace tse {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostUnpackedBytes = std::size_t{256} << 20U;  // of one file, unpacked
constexpr std::size_t kMostSums = std::size_t{1} << 20U;

/// What the file SHA256SUMS beside a data set says of its files.
class Sums {
 public:
  explicit Sums(const fs::path& folder) : file_(folder / "SHA256SUMS") {
    if (path_exists(file_)) sums_ = parse_checksum_list(as_text(read_file(file_, kMostSums)), file_.string());
  }

  /// The digest that the file's content ought to have, `unpacked` being that which it has; empty: not listed. Of a
  /// packed file the list may have either: where it has the packed one, and that is right, so is the content.
  std::string listed(const fs::path& file, const std::string& unpacked) {
    const bool packed = packing_of(file) != Packing::none;
    if (const auto found = sums_.find((packed ? file.stem() : file.filename()).string()); found != sums_.end()) {
      ++used_;
      return found->second;
    }
    const auto found = packed ? sums_.find(file.filename().string()) : sums_.end();
    if (found == sums_.end()) return "";
    ++used_;
    return Hash().add(read_file(file, kMostUnpackedBytes)).hex() == found->second ? unpacked : found->second;
  }

  /// A list of other files checks nothing.
  void expect_used() const {
    if (path_exists(file_) && used_ == 0) {
      throw DataError(file_.string(), "expected checksums of this data set's files; it lists {}",
                      sums_.empty() ? "nothing" : "others, as '" + printable(sums_.begin()->first) + "'");
    }
  }

 private:
  fs::path file_;
  std::map<std::string, std::string> sums_;
  int used_ = 0;
};

}  // namespace

std::vector<FileCheck> check_files(const Data& data) {
  const std::string name = parse_spec(data.spec(), "data").name;
  std::vector<FileCheck> checks;
  std::map<fs::path, Sums> sums;  // by folder
  for (const fs::path& file : data.files()) {
    const Bytes content = read_unpacked(file, kMostUnpackedBytes);
    const std::string sha256 = Hash().add(content).hex();
    const KnownFile* const known = published_file(name, file);
    std::optional<bool> as_published;
    if (known != nullptr) as_published = Hash(known->kind).add(content).hex() == known->hash;
    Sums& beside = sums.try_emplace(file.parent_path(), file.parent_path()).first->second;
    checks.push_back(
        {.file = file, .sha256 = sha256, .listed = beside.listed(file, sha256), .as_published = as_published});
  }
  for (const auto& [folder, beside] : sums) beside.expect_used();
  return checks;
}

}  // namespace tse
