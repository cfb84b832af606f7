#include "tse/base/file.h"

#include <sys/stat.h>
#include <zlib.h>

#include <cstring>
#include <string>

#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "tse/base/error.h"

namespace tse {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr std::size_t kAny = 1U << 20U;

Bytes to_bytes(std::string_view text) { return {text.begin(), text.end()}; }

Bytes gzip(std::string_view text) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  Bytes packed(text.size() + 100);
  Bytes input = to_bytes(text);
  stream.next_in = input.data();
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = packed.data();
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(packed.size() - stream.avail_out);
  deflateEnd(&stream);
  return packed;
}

/// printf 'hello, hello, hello\n' | xz
Bytes xz_hello() {
  return {0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x04, 0xe6, 0xd6, 0xb4, 0x46, 0x02, 0x00, 0x21, 0x01,
          0x16, 0x00, 0x00, 0x00, 0x74, 0x2f, 0xe5, 0xa3, 0xe0, 0x00, 0x13, 0x00, 0x0e, 0x5d, 0x00, 0x34,
          0x19, 0x49, 0xee, 0x8d, 0xef, 0x8c, 0x87, 0x31, 0xf5, 0x2f, 0x64, 0x00, 0x00, 0x00, 0x00, 0x00,
          0xb0, 0x48, 0x85, 0x59, 0xd7, 0xa9, 0xae, 0x4b, 0x00, 0x01, 0x2a, 0x14, 0x7e, 0xad, 0x37, 0x55,
          0x1f, 0xb6, 0xf3, 0x7d, 0x01, 0x00, 0x00, 0x00, 0x00, 0x04, 0x59, 0x5a};
}

/// printf 'hello, hello, hello\n' | bzip2
Bytes bzip2_hello() {
  return {0x42, 0x5a, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, 0xcb, 0x52, 0xe5, 0x67, 0x00, 0x00, 0x05,
          0x51, 0x00, 0x00, 0x10, 0x40, 0x04, 0x02, 0x44, 0xa0, 0x00, 0x21, 0x24, 0x31, 0x08, 0x60, 0x2f, 0x18,
          0x44, 0xc7, 0x15, 0x17, 0x8b, 0xb9, 0x22, 0x9c, 0x28, 0x48, 0x65, 0xa9, 0x72, 0xb3, 0x80};
}

std::string refusal(const Bytes& packed, Packing packing, std::size_t most = kAny) {
  return message_of<DataError>([&] { unpack(packed, packing, "FILE", most); });
}

TEST(File, ReadsWhatWasWritten) {
  const TempFolder folder;
  const std::string content("a\0b\xff", 4);
  EXPECT_EQ(read_file(folder.write("file", content), 4), to_bytes(content));
  EXPECT_EQ(read_file(folder.write("empty", ""), 4), Bytes{});
}

TEST(File, RefusesWithTheFileAndTheReason) {
  const TempFolder folder;
  const auto file = folder.write("file", "12345");
  const auto pipe = folder.path() / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(message_of<DataError>([&] { read_file(file, 4); }),
              AllOf(HasSubstr(file.string()), HasSubstr("at most 4 bytes; got 5")));
  EXPECT_THAT(message_of<DataError>([&] { read_file(folder.path() / "none", kAny); }), HasSubstr("No such file"));
  EXPECT_THAT(message_of<DataError>([&] { read_file(folder.path(), kAny); }), HasSubstr("got a folder"));
  EXPECT_THAT(message_of<DataError>([&] { read_file(pipe, kAny); }), HasSubstr("got a device or pipe"));
}

TEST(File, UnpacksByTheNamesEnding) {
  const TempFolder folder;
  EXPECT_EQ(read_unpacked(folder.write("a", "raw"), kAny), to_bytes("raw"));
  EXPECT_EQ(read_unpacked(folder.write("b.gz", gzip("packed")), kAny), to_bytes("packed"));
  EXPECT_EQ(read_unpacked(folder.write("c.xz", xz_hello()), kAny), to_bytes("hello, hello, hello\n"));
  EXPECT_EQ(read_unpacked(folder.write("d.pbz2", bzip2_hello()), kAny), to_bytes("hello, hello, hello\n"));
}

TEST(File, EndingsMayBeInCapitals) {
  EXPECT_EQ(packing_of("a.GZ"), Packing::gzip);
  EXPECT_EQ(packing_of("a.Xz"), Packing::xz);
  EXPECT_EQ(packing_of("a.PBZ2"), Packing::bzip2);
  EXPECT_EQ(packing_of("gz"), Packing::none);
}

TEST(File, FindsTheRawFileFirst) {
  const TempFolder folder;
  folder.write("data.xz", "");
  EXPECT_EQ(find_packed(folder.path(), "data"), folder.path() / "data.xz");
  folder.write("data.gz", "");
  EXPECT_EQ(find_packed(folder.path(), "data"), folder.path() / "data.gz");
  folder.write("data", "");
  EXPECT_EQ(find_packed(folder.path(), "data"), folder.path() / "data");
  EXPECT_THAT(message_of<DataError>([&] { find_packed(folder.path(), "other"); }), HasSubstr("there is none"));
}

TEST(Unpack, TakesSeveralGzipStreamsAndLargeOnes) {
  Bytes packed = gzip("one ");
  const Bytes more = gzip("two");
  packed.insert(packed.end(), more.begin(), more.end());
  EXPECT_EQ(unpack(packed, Packing::gzip, "FILE", kAny), to_bytes("one two"));
  const std::string large(kAny, 'x');
  EXPECT_EQ(unpack(gzip(large), Packing::gzip, "FILE", kAny), to_bytes(large));
}

TEST(Unpack, TakesGzipsPaddingWithZeros) {
  const Bytes packed = gzip("some text");
  for (const std::size_t zeros : {1U, 512U, 100'000U}) {
    Bytes padded = packed;
    padded.resize(packed.size() + zeros);
    EXPECT_EQ(as_text(unpack(padded, Packing::gzip, "x", 1000)), "some text") << zeros;
    padded.back() = 1;
    EXPECT_THROW(unpack(padded, Packing::gzip, "x", 1000), DataError) << zeros;
  }
}

TEST(Unpack, StopsAtTheMostBytes) {
  EXPECT_THAT(refusal(gzip(std::string(kAny, 'x')), Packing::gzip, kAny - 1), HasSubstr("at most 1048575 bytes"));
  EXPECT_THAT(refusal(xz_hello(), Packing::xz, 19), HasSubstr("at most 19 bytes"));
  EXPECT_THAT(refusal(bzip2_hello(), Packing::bzip2, 19), HasSubstr("at most 19 bytes"));
  EXPECT_THAT(refusal(to_bytes("abc"), Packing::none, 2), HasSubstr("at most 2 bytes; got 3"));
}

// every single byte of the file counts: cut anywhere or flipped anywhere that is checked, it is refused
TEST(Unpack, RefusesGzipCutAnywhere) {
  const Bytes packed = gzip("some text, some text");
  for (std::size_t size = 0; size < packed.size(); ++size) {
    EXPECT_THAT(refusal({packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(size)}, Packing::gzip),
                HasSubstr("[FILE] expected"));
  }
}

TEST(Unpack, RefusesXzAndBzip2CutAnywhere) {
  for (const auto& [packed, packing] : {std::pair{xz_hello(), Packing::xz}, std::pair{bzip2_hello(), Packing::bzip2}}) {
    for (std::size_t size = 0; size < packed.size(); ++size) {
      EXPECT_THAT(refusal({packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(size)}, packing),
                  HasSubstr("[FILE] expected"));
    }
  }
}

TEST(Unpack, RefusesBzip2WithAWrongBit) {
  for (std::size_t at = 4; at < bzip2_hello().size(); ++at) {
    Bytes packed = bzip2_hello();
    packed[at] ^= 1U;
    // the last bits fill the last byte up
    if (at + 1 < packed.size()) {
      EXPECT_THAT(refusal(packed, Packing::bzip2), HasSubstr("[FILE] expected")) << at;
    }
  }
}

TEST(Unpack, VerifiesChecksums) {
  Bytes packed = gzip("some text");
  packed[packed.size() - 8] ^= 1U;  // the CRC
  EXPECT_THAT(refusal(packed, Packing::gzip), HasSubstr("incorrect data check"));
  packed = gzip("some text");
  packed.push_back('x');
  EXPECT_THAT(refusal(packed, Packing::gzip), HasSubstr("[FILE] expected"));
  EXPECT_THAT(refusal(to_bytes("plain"), Packing::gzip), HasSubstr("expected gzip data"));
  EXPECT_THAT(refusal(to_bytes("plain"), Packing::xz), HasSubstr("expected xz data"));
  EXPECT_THAT(refusal(to_bytes("plain"), Packing::bzip2), HasSubstr("expected bzip2 data"));
}

}  // namespace
}  // namespace tse
