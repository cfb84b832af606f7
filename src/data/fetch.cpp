#include "tse/data/fetch.h"

#include <algorithm>
#include <system_error>

#include "tse/base/archive.h"
#include "tse/base/error.h"
#include "tse/base/file.h"
#include "tse/base/option.h"

namespace tse {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostContent = std::uint64_t{256} << 20U;  // of one file, unpacked

bool is_archive(const PublishedFile& file) { return file.name.ends_with(".tar.gz") || file.name.ends_with(".tgz"); }

/// The file's name without .gz or .xz.
std::string content_name(const fs::path& file) {
  return (packing_of(file) == Packing::none ? file.filename() : file.stem()).string();
}

bool is_right(const KnownFile& known, const fs::path& folder) {
  try {
    const fs::path file = find_packed(folder, known.name);
    return known.hash.empty() || Hash(known.kind).add(read_unpacked(file, kMostContent)).hex() == known.hash;
  } catch (const DataError&) {
    return false;  // missing or damaged: it will be fetched
  }
}

/// Image-net.org gives its files to those who sign in. The hashes are those that NAS-Bench-201's code checks.
Publication imagenet16() {
  constexpr std::uint64_t kMostBatch = 120'000'000;
  Publication publication{
      .data = "imagenet16-120",
      .url = "",
      .page = "https://image-net.org/download-images",
      .files = {{"train_data_batch_1", kMostBatch, HashKind::md5, "27846dcaa50de8e21a7d1a35f30f0e91"},
                {"train_data_batch_2", kMostBatch, HashKind::md5, "c7254a054e0e795c69120a5727050e3f"},
                {"train_data_batch_3", kMostBatch, HashKind::md5, "4333d3df2e5ffb114b05d2ffc19b1e87"},
                {"train_data_batch_4", kMostBatch, HashKind::md5, "1620cdf193304f4a92677b695d70d10f"},
                {"train_data_batch_5", kMostBatch, HashKind::md5, "348b3c2fdbb3940c4e9e834affd3b18d"},
                {"train_data_batch_6", kMostBatch, HashKind::md5, "6e765307c242a1b3d7d5ef9139b48945"},
                {"train_data_batch_7", kMostBatch, HashKind::md5, "564926d8cbf8fc4818ba23d2faac7564"},
                {"train_data_batch_8", kMostBatch, HashKind::md5, "f4755871f718ccb653440b9dd0ebac66"},
                {"train_data_batch_9", kMostBatch, HashKind::md5, "bb6dd660c38c58552125b1a92f86b5d4"},
                {"train_data_batch_10", kMostBatch, HashKind::md5, "8f03f34ac4b42271a294f91bf480f29b"},
                {"val_data", kMostBatch, HashKind::md5, "3410e3017fdaefba8d5073aaa65e4bd6"}},
      .unpacked = 0,
      .content = {}};
  for (const PublishedFile& file : publication.files) publication.content.push_back({file.name, file.hash, file.kind});
  return publication;
}

bool is_all_there(const Publication& publication, const fs::path& folder) {
  return std::ranges::all_of(publication.content, [&](const KnownFile& file) { return is_right(file, folder); });
}

}  // namespace

const std::vector<Publication>& publications() {
  static const std::vector<Publication> table = {
      {.data = "cifar10",
       .url = "https://www.cs.toronto.edu/~kriz/",
       .files = {{.name = "cifar-10-binary.tar.gz",
                  .bytes = 170'052'171,
                  .hash = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"}},
       .unpacked = 200'000'000,
       .content = {{"data_batch_1.bin", "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"},
                   {"data_batch_2.bin", "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"},
                   {"data_batch_3.bin", "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"},
                   {"data_batch_4.bin", "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"},
                   {"data_batch_5.bin", "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"},
                   {"test_batch.bin", "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"}}},
      {.data = "cifar100",
       .url = "https://www.cs.toronto.edu/~kriz/",
       .files = {{.name = "cifar-100-binary.tar.gz",
                  .bytes = 168'513'733,
                  .hash = "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec"}},
       .unpacked = 200'000'000,
       .content = {{"train.bin", "f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29"},
                   {"test.bin", "d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a"}}},
      {.data = "fashion-mnist",
       .url = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
       // the publisher gives MD5 only; that of the content is Debian's package's
       .files = {{"train-images-idx3-ubyte.gz", 26'421'880, HashKind::md5, "8d4fb7e6c68d591d4c3dfef9ec88bf0d"},
                 {"train-labels-idx1-ubyte.gz", 29'515, HashKind::md5, "25c81989df183df01b3e8a0aad5dffbe"},
                 {"t10k-images-idx3-ubyte.gz", 4'422'102, HashKind::md5, "bef4ecab320f06d8554ea6380940ec79"},
                 {"t10k-labels-idx1-ubyte.gz", 5'148, HashKind::md5, "bb300cfdad3c16e7a12a480ee83cd310"}},
       .unpacked = 60'000'000,
       .content = {{"train-images-idx3-ubyte", "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"},
                   {"train-labels-idx1-ubyte", "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"},
                   {"t10k-images-idx3-ubyte", "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"},
                   {"t10k-labels-idx1-ubyte", "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"}}},
      imagenet16(),
      {.data = "flowers102",
       .url = "https://www.robots.ox.ac.uk/~vgg/data/flowers/102/",
       // hashes as torchvision has them; of the images no one gives any but the archive's
       .files = {{"102flowers.tgz", 350'000'000, HashKind::md5, "52808999861908f626f3c1f4e79d11fa"},
                 {"imagelabels.mat", 100'000, HashKind::md5, "e0620be6f572b9609742df49c70aed4d"},
                 {"setid.mat", 100'000, HashKind::md5, "a5357ecc9cb78c4bef273ce3793fc85c"}},
       .strip = 0,
       .unpacked = 500'000'000,
       .content = {{"imagelabels.mat", "e0620be6f572b9609742df49c70aed4d", HashKind::md5},
                   {"setid.mat", "a5357ecc9cb78c4bef273ce3793fc85c", HashKind::md5},
                   {"jpg/image_08189.jpg", ""}}},
      {.data = "svhn",
       .url = "http://ufldl.stanford.edu/housenumbers/",
       .files = {{"train_32x32.mat", 182'040'794, HashKind::md5, "e26dedcc434d2e4c54c9b2d4a06d8373"},
                 {"test_32x32.mat", 64'275'384, HashKind::md5, "eb5a983be6a315427106f1b164d9cef3"}},
       .unpacked = 250'000'000,
       .content = {{"train_32x32.mat", "e26dedcc434d2e4c54c9b2d4a06d8373", HashKind::md5},
                   {"test_32x32.mat", "eb5a983be6a315427106f1b164d9cef3", HashKind::md5}}},
  };
  return table;
}

const Publication& find_publication(std::string_view data) {
  const auto found = std::ranges::find(publications(), data, &Publication::data);
  if (found != publications().end()) return *found;
  std::vector<std::string> names;
  for (const Publication& publication : publications()) names.push_back(publication.data);
  throw UsageError("tse data fetch", "{}", unknown_name("download", data, names));
}

const KnownFile* published_file(std::string_view data, const fs::path& file) {
  for (const Publication& publication : publications()) {
    if (publication.data != data) continue;
    const auto found = std::ranges::find(publication.content, content_name(file), &KnownFile::name);
    if (found != publication.content.end() && !found->hash.empty()) return &*found;
  }
  return nullptr;
}

Fetched fetch(const Publication& publication, const fs::path& folder, std::string url, const OnFetch& on_progress) {
  if (url.empty()) url = publication.url;
  if (url.empty()) {
    throw UsageError("tse data fetch",
                     "{} is given on request only: get it at {}, or name the folder of a mirror with --url",
                     publication.data, publication.page);
  }
  if (!url.ends_with('/')) url += '/';
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw DataError(folder.string(), "cannot be made: {}", error.message());
  Fetched result;
  for (const KnownFile& file : publication.content) result.files.push_back(file.name);
  if (is_all_there(publication, folder)) {
    result.already = true;
    return result;
  }
  result.files.clear();
  for (const PublishedFile& file : publication.files) {
    const Download wanted{
        .url = url + file.name, .file = folder / file.name, .most = file.bytes, .kind = file.kind, .hash = file.hash};
    OnDownload tell;
    if (on_progress) tell = [&](const DownloadProgress& progress) { return on_progress(file.name, progress); };
    if (!download(wanted, tell)) {
      result.stopped = true;
      return result;
    }
    if (!is_archive(file)) {
      result.files.push_back(file.name);
      continue;
    }
    for (const ArchiveFile& part :
         unpack_archive(wanted.file, folder, {.bytes = publication.unpacked, .strip = publication.strip})) {
      result.files.push_back(part.name.string());
    }
    fs::remove(wanted.file, error);
  }
  std::ranges::sort(result.files);
  for (const KnownFile& file : publication.content) {
    if (!is_right(file, folder)) {
      throw DataError((folder / file.name).string(), "expected the content with {} {}; it is another, or missing",
                      file.kind == HashKind::md5 ? "MD5" : "SHA-256", file.hash);
    }
  }
  return result;
}

}  // namespace tse
