#include "tse/data/fetch.h"

#include <map>
#include <string>

#include "support/expect_error.h"
#include "support/http_server.h"
#include "support/tar.h"
#include "support/temp_folder.h"
#include "tse/base/error.h"
#include "tse/base/file.h"
#include "tse/data/data.h"

namespace tse {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string text_of(std::span<const std::uint8_t> bytes) { return std::string(as_text(bytes)); }

/// A data set of an archive with two files and of one file as it is.
struct Published {
  std::string archive =
      text_of(make_tar({{.name = "top/one.bin", .content = "first"}, {.name = "top/two.bin", .content = "second"}}));
  std::string plain = "third";
  Publication publication{.data = "test",
                          .url = "",
                          .files = {{"all.tar.gz", archive.size(), HashKind::sha256, Hash().add(archive).hex()},
                                    {"three.bin", plain.size(), HashKind::md5, Hash(HashKind::md5).add(plain).hex()}},
                          .unpacked = 100,
                          .content = {{"one.bin", Hash().add("first").hex()},
                                      {"two.bin", Hash().add("second").hex()},
                                      {"three.bin", Hash().add("third").hex()}}};

  std::string serve(const HttpServer::Request& request) const {
    if (request.path == "/mirror/all.tar.gz") return serve_file(request, archive);
    if (request.path == "/mirror/three.bin") return serve_file(request, plain);
    return http_answer(404, "", 0);
  }
};

TEST(Fetch, BringsUnpacksAndDoesNothingTheSecondTime) {
  const Published published;
  const HttpServer server([&](const auto& request) { return published.serve(request); });
  const TempFolder folder;
  const fs::path to = folder.path() / "new/folder";
  std::vector<std::string> told;
  const Fetched fetched =
      fetch(published.publication, to, server.url() + "mirror", [&](const std::string& file, const auto&) {
        if (told.empty() || told.back() != file) told.push_back(file);
        return true;
      });
  EXPECT_FALSE(fetched.stopped || fetched.already);
  EXPECT_THAT(fetched.files, ElementsAre("one.bin", "three.bin", "two.bin"));
  EXPECT_THAT(told, ElementsAre("all.tar.gz", "three.bin"));
  EXPECT_EQ(text_of(read_file(to / "two.bin", 100)), "second");
  EXPECT_FALSE(fs::exists(to / "all.tar.gz"));
  const std::size_t asked = server.requests().size();
  EXPECT_TRUE(fetch(published.publication, to, server.url() + "mirror").already);
  EXPECT_EQ(server.requests().size(), asked);
  // a file that was damaged since is brought again
  folder.write("new/folder/one.bin", "fir5t");
  EXPECT_FALSE(fetch(published.publication, to, server.url() + "mirror").already);
  EXPECT_EQ(text_of(read_file(to / "one.bin", 100)), "first");
}

TEST(Fetch, StopsWhenAsked) {
  const Published published;
  const HttpServer server([&](const auto& request) { return published.serve(request); });
  const TempFolder folder;
  EXPECT_TRUE(fetch(published.publication, folder.path(), server.url() + "mirror/", [](const auto&, const auto&) {
                return false;
              }).stopped);
}

TEST(Fetch, RefusesAnArchiveLargerThanPublished) {
  Published published;
  published.publication.unpacked = 10;
  const HttpServer server([&](const auto& request) { return published.serve(request); });
  const TempFolder folder;
  EXPECT_THAT(message_of<DataError>([&] { fetch(published.publication, folder.path(), server.url() + "mirror"); }),
              HasSubstr("expected at most 10 bytes unpacked"));
  EXPECT_FALSE(fs::exists(folder.path() / "one.bin"));
}

TEST(Fetch, KeepsTheFoldersOfAnArchiveAndAsksForFilesWithoutAHash) {
  Published published;
  published.publication.files[0].name = "all.tgz";
  published.publication.strip = 0;
  published.publication.content = {{"top/one.bin", ""}, {"three.bin", Hash().add("third").hex()}};
  const HttpServer server([&](HttpServer::Request request) {
    if (request.path == "/mirror/all.tgz") request.path = "/mirror/all.tar.gz";
    return published.serve(request);
  });
  const TempFolder folder;
  EXPECT_THAT(fetch(published.publication, folder.path(), server.url() + "mirror").files,
              ElementsAre("three.bin", "top/one.bin", "top/two.bin"));
  EXPECT_EQ(text_of(read_file(folder.path() / "top/two.bin", 100)), "second");
  EXPECT_TRUE(fetch(published.publication, folder.path(), server.url() + "mirror").already);
  fs::remove(folder.path() / "top/one.bin");
  EXPECT_FALSE(fetch(published.publication, folder.path(), server.url() + "mirror").already);
}

TEST(Fetch, SaysWhereToAskForWhatIsGivenOnRequest) {
  const TempFolder folder;
  EXPECT_THAT(message_of<UsageError>([&] { fetch(find_publication("imagenet16-120"), folder.path() / "new", ""); }),
              HasSubstr("get it at https://image-net.org"));
  EXPECT_FALSE(fs::exists(folder.path() / "new"));
}

TEST(Fetch, ChecksTheContentInTheEnd) {
  Published published;
  published.publication.content[1].hash = "0";
  const HttpServer server([&](const auto& request) { return published.serve(request); });
  const TempFolder folder;
  EXPECT_THAT(message_of<DataError>([&] { fetch(published.publication, folder.path(), server.url() + "mirror"); }),
              HasSubstr("two.bin"));
}

TEST(Fetch, KnowsItsPublications) {
  for (const Publication& publication : publications()) {
    EXPECT_EQ(&find_publication(publication.data), &publication);
    EXPECT_NO_THROW(data_sets().make(publication.data + ":dir=x"));
    for (const PublishedFile& file : publication.files) {
      EXPECT_EQ(file.hash.size(), file.kind == HashKind::sha256 ? 64U : 32U);
    }
    for (const KnownFile& file : publication.content) {
      const KnownFile* const known = published_file(publication.data, "/some/where/" + file.name + ".gz");
      EXPECT_EQ(known, file.hash.empty() ? nullptr : &file);
    }
  }
  EXPECT_EQ(published_file("cifar10", "other.bin"), nullptr);
  EXPECT_THAT(message_of<UsageError>([] { find_publication("cifar11"); }), HasSubstr("did you mean 'cifar10'"));
}

}  // namespace
}  // namespace tse
