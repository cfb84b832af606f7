#include "tse/base/download.h"

#include <string>

#include "support/expect_error.h"
#include "support/http_server.h"
#include "support/temp_folder.h"
#include "tse/base/error.h"
#include "tse/base/file.h"
#include "tse/base/random.h"

namespace tse {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;

std::string random_text(std::size_t size) {
  Stream stream(size);
  std::string text(size, ' ');
  for (char& letter : text) letter = static_cast<char>(stream.below(256));
  return text;
}

const std::string kContent = random_text(300'000);

std::string content_of(const fs::path& file) { return std::string(as_text(read_file(file, 1U << 20U))); }

class DownloadTest : public testing::Test {
 protected:
  Download wanted(const HttpServer& server) const {
    return {.url = server.url() + "file",
            .file = folder_.path() / "file",
            .most = kContent.size(),
            .hash = Hash().add(kContent).hex()};
  }
  fs::path part() const { return folder_.path() / "file.part"; }

  TempFolder folder_;
};

TEST_F(DownloadTest, BringsTheFile) {
  const HttpServer server([](const auto& request) { return serve_file(request, kContent); });
  EXPECT_TRUE(download(wanted(server)));
  EXPECT_EQ(content_of(folder_.path() / "file"), kContent);
  EXPECT_FALSE(fs::exists(part()));
  EXPECT_TRUE(download(wanted(server)));  // it is there: nothing is asked
  EXPECT_THAT(server.requests(), SizeIs(1));
  EXPECT_EQ(server.requests()[0].path, "/file");
}

TEST_F(DownloadTest, GoesOnWhenTheConnectionBreaks) {
  const HttpServer server([](const auto& request) { return serve_file(request, kContent, 120'000); });
  EXPECT_TRUE(download(wanted(server)));
  EXPECT_EQ(content_of(folder_.path() / "file"), kContent);
  ASSERT_THAT(server.requests(), SizeIs(3));
  EXPECT_EQ(server.requests()[1].range, "bytes=120000-");
  EXPECT_EQ(server.requests()[2].range, "bytes=240000-");
}

TEST_F(DownloadTest, KeepsWhatCameForTheNextRun) {
  std::size_t most = 120'000;
  const HttpServer server([&](const auto& request) { return serve_file(request, kContent, most); });
  Download once = wanted(server);
  once.attempts = 1;
  EXPECT_THAT(message_of<DataError>([&] { download(once); }),
              AllOf(HasSubstr(server.url()), HasSubstr("the connection broke"), HasSubstr("120000 bytes are kept")));
  EXPECT_EQ(content_of(part()), kContent.substr(0, most));
  most = kContent.size();
  EXPECT_TRUE(download(once));
  EXPECT_EQ(content_of(folder_.path() / "file"), kContent);
  EXPECT_EQ(server.requests()[1].range, "bytes=120000-");
}

TEST_F(DownloadTest, StartsOverWhereRangesAreIgnored) {
  folder_.write("file.part", kContent.substr(0, 1000));
  const HttpServer server([](const auto&) { return http_answer(200, kContent, kContent.size()); });
  EXPECT_TRUE(download(wanted(server)));
  EXPECT_EQ(content_of(folder_.path() / "file"), kContent);
  EXPECT_THAT(server.requests(), SizeIs(1));
}

TEST_F(DownloadTest, StartsOverWhereThePartIsOfAnotherFile) {
  folder_.write("file.part", "something else");
  const HttpServer server([](const auto& request) { return serve_file(request, kContent); });
  EXPECT_TRUE(download(wanted(server)));
  EXPECT_EQ(content_of(folder_.path() / "file"), kContent);
  EXPECT_THAT(server.requests(), SizeIs(2));
}

TEST_F(DownloadTest, TakesAPartThatIsAlreadyWholeOrTooLong) {
  folder_.write("file.part", kContent);
  const HttpServer server([](const auto& request) { return serve_file(request, kContent); });
  EXPECT_TRUE(download(wanted(server)));
  EXPECT_EQ(content_of(folder_.path() / "file"), kContent);
  fs::remove(folder_.path() / "file");
  folder_.write("file.part", kContent + "and more");
  EXPECT_TRUE(download(wanted(server)));
  EXPECT_EQ(content_of(folder_.path() / "file"), kContent);
}

TEST_F(DownloadTest, RefusesAWrongChecksumAndKeepsNothing) {
  const HttpServer server([](const auto& request) { return serve_file(request, random_text(300'000 - 1)); });
  EXPECT_THAT(message_of<DataError>([&] { download(wanted(server)); }),
              AllOf(HasSubstr("expected the checksum"), HasSubstr(Hash().add(random_text(300'000 - 1)).hex())));
  EXPECT_FALSE(fs::exists(part()));
  EXPECT_FALSE(fs::exists(folder_.path() / "file"));
}

TEST_F(DownloadTest, NamesTheAnswerThatIsNoFile) {
  const HttpServer server([](const auto&) { return http_answer(404, "no such page", 12); });
  EXPECT_THAT(message_of<DataError>([&] { download(wanted(server)); }), HasSubstr("the server answers 404"));
  EXPECT_EQ(fs::file_size(part()), 0U);
}

TEST_F(DownloadTest, RefusesMoreThanAllowed) {
  const HttpServer server([](const auto& request) {
    const std::string more = kContent + "x";
    if (request.path == "/silent") return "HTTP/1.1 200 X\r\nConnection: close\r\n\r\n" + more;  // promises no length
    return serve_file(request, more);
  });
  EXPECT_THAT(message_of<DataError>([&] { download(wanted(server)); }),
              HasSubstr("expected at most 300000 bytes; the server sends 300001"));
  Download silent = wanted(server);
  silent.url = server.url() + "silent";
  EXPECT_THAT(message_of<DataError>([&] { download(silent); }), HasSubstr("the server sends more"));
  EXPECT_LE(fs::file_size(part()), kContent.size());
}

TEST_F(DownloadTest, TellsHowFarItIsAndStopsWhenAsked) {
  const HttpServer server([](const auto& request) { return serve_file(request, kContent); });
  DownloadProgress last;
  EXPECT_TRUE(download(wanted(server), [&](const DownloadProgress& progress) {
    last = progress;
    return true;
  }));
  EXPECT_EQ(last.bytes, kContent.size());
  EXPECT_EQ(last.total, kContent.size());
  EXPECT_GT(last.bytes_per_second, 0);
  fs::remove(folder_.path() / "file");
  EXPECT_FALSE(download(wanted(server), [](const DownloadProgress&) { return false; }));
  EXPECT_FALSE(fs::exists(folder_.path() / "file"));
}

TEST_F(DownloadTest, RefusesOtherSchemesAndDeadServers) {
  Download local{.url = "file:///etc/hostname", .file = folder_.path() / "file", .most = 100, .hash = "0"};
  EXPECT_THAT(message_of<DataError>([&] { download(local); }), HasSubstr("file:///etc/hostname"));
  std::string url;
  {
    const HttpServer gone([](const auto&) { return ""; });
    url = gone.url();
  }
  local.url = url + "file";
  EXPECT_THAT(message_of<DataError>([&] { download(local); }), HasSubstr("the connection broke"));
}

}  // namespace
}  // namespace tse
