#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <cstdint>
#include <string>
#include <vector>

namespace tse {

/// One entry of an archive that a test makes.
struct TarEntry {
  std::string name;
  std::string content = "";
  unsigned int type = AE_IFREG;
  std::string link = "";  // where a symbolic link leads
  std::string hard_link = "";
};

/// A gzipped tar archive, whatever nonsense its names say.
inline std::vector<std::uint8_t> make_tar(const std::vector<TarEntry>& entries) {
  std::vector<std::uint8_t> bytes(1U << 22U);
  std::size_t used = 0;
  archive* writer = archive_write_new();
  archive_write_set_format_ustar(writer);
  archive_write_add_filter_gzip(writer);
  archive_write_open_memory(writer, bytes.data(), bytes.size(), &used);
  for (const TarEntry& wanted : entries) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, wanted.name.c_str());
    archive_entry_set_size(entry, static_cast<la_int64_t>(wanted.content.size()));
    archive_entry_set_filetype(entry, wanted.type);
    archive_entry_set_perm(entry, 0644);
    if (!wanted.link.empty()) archive_entry_set_symlink(entry, wanted.link.c_str());
    if (!wanted.hard_link.empty()) archive_entry_set_hardlink(entry, wanted.hard_link.c_str());
    archive_write_header(writer, entry);
    archive_write_data(writer, wanted.content.data(), wanted.content.size());
    archive_entry_free(entry);
  }
  archive_write_close(writer);
  archive_write_free(writer);
  bytes.resize(used);
  return bytes;
}

}  // namespace tse
