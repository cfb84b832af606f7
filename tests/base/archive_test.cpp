#include "tse/base/archive.h"

#include <string>

#include "support/expect_error.h"
#include "support/tar.h"
#include "support/temp_folder.h"
#include "tse/base/error.h"
#include "tse/base/file.h"

namespace tse {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;

std::string content_of(const fs::path& file) { return std::string(as_text(read_file(file, 1U << 20U))); }

/// What the archive is refused with, by both entry points; nothing may appear in the folder or beside it.
std::string refusal(const std::vector<TarEntry>& entries, const ArchiveLimits& limits = {}) {
  const TempFolder folder;
  const auto bytes = make_tar(entries);
  const fs::path file = folder.write("archive.tar.gz", bytes);
  const std::string listed = message_of<DataError>([&] { list_archive(bytes, file.string(), limits); });
  EXPECT_EQ(message_of<DataError>([&] { unpack_archive(file, folder.path() / "to", limits); }), listed);
  EXPECT_TRUE(fs::is_empty(folder.path() / "to"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 2);
  return listed;
}

TEST(Archive, UnpacksFilesAndFolders) {
  const TempFolder folder;
  const auto bytes = make_tar({{.name = "top/", .type = AE_IFDIR},
                               {.name = "top/a.bin", .content = "first"},
                               {.name = "./top/deep/b.bin", .content = std::string(200'000, 'b')},
                               {.name = "README", .content = "has no folder to take off"}});
  const std::vector<ArchiveFile> wanted = {{"a.bin", 5}, {"deep/b.bin", 200'000}};
  EXPECT_EQ(list_archive(bytes, "ARCHIVE", {.strip = 1}), wanted);
  EXPECT_EQ(unpack_archive(folder.write("x.tar.gz", bytes), folder.path() / "to", {.strip = 1}), wanted);
  EXPECT_EQ(content_of(folder.path() / "to/a.bin"), "first");
  EXPECT_EQ(content_of(folder.path() / "to/deep/b.bin"), std::string(200'000, 'b'));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path() / "to"), fs::directory_iterator()), 2);
}

TEST(Archive, ReplacesFilesOfTheSameName) {
  const TempFolder folder;
  folder.write("to/a", "old");
  unpack_archive(folder.write("x.tar.gz", make_tar({{.name = "a", .content = "1"}, {.name = "a", .content = "2"}})),
                 folder.path() / "to");
  EXPECT_EQ(content_of(folder.path() / "to/a"), "2");
}

TEST(Archive, StaysInItsFolder) {
  EXPECT_THAT(refusal({{.name = "fine", .content = "x"}, {.name = "../evil", .content = "x"}}),
              HasSubstr("expected names without '..'; got '../evil'"));
  EXPECT_THAT(refusal({{.name = "a/../../evil", .content = "x"}}), HasSubstr("without '..'"));
  EXPECT_THAT(refusal({{.name = "/tmp/evil", .content = "x"}}), HasSubstr("expected relative names; got '/tmp/evil'"));
  EXPECT_THAT(refusal({{.name = "link", .type = AE_IFLNK, .link = "/etc"}, {.name = "link/evil", .content = "x"}}),
              HasSubstr("expected only files and folders; 'link' is a symbolic link"));
  EXPECT_THAT(refusal({{.name = "a", .content = "x"}, {.name = "b", .hard_link = "a"}}),
              HasSubstr("'b' is a hard link"));
  EXPECT_THAT(refusal({{.name = "pipe", .type = AE_IFIFO}}), HasSubstr("'pipe' is a device or pipe"));
}

TEST(Archive, StaysWithinItsLimits) {
  const std::string large(1'000'000, '\0');  // packs to a thousandth
  EXPECT_THAT(refusal({{.name = "a", .content = large}, {.name = "b", .content = large}}, {.bytes = 1'999'999}),
              HasSubstr("expected at most 1999999 bytes unpacked; there are more"));
  EXPECT_THAT(refusal({{.name = "a"}, {.name = "b"}, {.name = "c"}}, {.entries = 2}),
              HasSubstr("expected at most 2 entries"));
}

TEST(Archive, RefusesWhatIsNoArchive) {
  const auto bytes = make_tar({{.name = "a", .content = std::string(5000, 'a')}});
  const auto listing = [](std::span<const std::uint8_t> part) {
    return message_of<DataError>([&] { list_archive(part, "ARCHIVE"); });
  };
  EXPECT_THAT(listing({}), HasSubstr("[ARCHIVE] expected"));
  EXPECT_THAT(listing(std::span(bytes).first(40)), HasSubstr("[ARCHIVE] expected a whole tar archive"));
  const std::string text = "hello, this is no archive";
  EXPECT_THAT(listing({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}),
              HasSubstr("[ARCHIVE] expected a whole tar archive"));
  const TempFolder folder;
  EXPECT_THAT(message_of<DataError>([&] { unpack_archive(folder.path() / "none", folder.path() / "to"); }),
              HasSubstr("none"));
}

}  // namespace
}  // namespace tse
