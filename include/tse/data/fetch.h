#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tse/base/download.h"

namespace tse {

/// A file of a publisher: as it is, or an archive that is unpacked and then removed.
struct PublishedFile {
  std::string name;
  std::uint64_t bytes = 0;
  HashKind kind = HashKind::sha256;
  std::string hash;
};

/// A file that a data set is read from, with the hash of its content, unpacked; empty where none is published.
struct KnownFile {
  std::string name;
  std::string hash;
  HashKind kind = HashKind::sha256;
};

/// Where a data set comes from and how to know that it is right.
struct Publication {
  std::string data;                  // its name in the registry
  std::string url;                   // of the folder the files are in, with the last slash; empty: only on request
  std::string page = {};             // where to ask for it then
  std::vector<PublishedFile> files;  // `.tar.gz` and `.tgz` are archives, anything else stays as it is
  int strip = 1;                     // leading folders that archives lose
  std::uint64_t unpacked = 0;        // bytes, at most
  std::vector<KnownFile> content;    // what is there in the end
};

const std::vector<Publication>& publications();

/// UsageError, with the names that can be fetched, for any other.
const Publication& find_publication(std::string_view data);

/// What is published of a file, whatever its folder and packing; none where nothing is.
const KnownFile* published_file(std::string_view data, const std::filesystem::path& file);

struct Fetched {
  bool stopped = false;            // by the caller; the same call goes on
  bool already = false;            // everything was there and right
  std::vector<std::string> files;  // that the folder has now, sorted
};

/// Told the file's name and how far it is; false stops.
using OnFetch = std::function<bool(const std::string& file, const DownloadProgress&)>;

/// Brings a data set into `folder`, which is made where it is missing. `url` is the address of a mirror's folder;
/// empty: the publisher's, a UsageError where it gives the files only on request. DataErrors as `download` and
/// `unpack_archive` have them.
Fetched fetch(const Publication& publication, const std::filesystem::path& folder, std::string url,
              const OnFetch& on_progress = {});

}  // namespace tse
