#include "tse/data/checksum_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <memory>

#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "tse/base/error.h"
#include "tse/base/hash.h"

namespace tse {
namespace {

using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string output;
  std::array<char, 4096> piece{};
  while (const std::size_t size = fread(piece.data(), 1, piece.size(), pipe.get())) output.append(piece.data(), size);
  return output;
}

/// Two files, one with a name that must be escaped.
class OfSha256sum : public testing::TestWithParam<std::string> {
 protected:
  OfSha256sum() {
    folder_.write("a.bin", "some");
    folder_.write("b\\c\nd", "other");
  }
  const TempFolder folder_;
};

TEST_P(OfSha256sum, IsRead) {
  const std::string list = output_of("cd '" + folder_.path().string() + "' && sha256sum " + GetParam());
  EXPECT_THAT(parse_checksum_list(list, "SHA256SUMS"),
              UnorderedElementsAre(Pair("a.bin", Hash().add(std::string("some")).hex()),
                                   Pair("b\\c\nd", Hash().add(std::string("other")).hex())))
      << list;
}

INSTANTIATE_TEST_SUITE_P(Ways, OfSha256sum,
                         testing::Values("*", "./*", "--tag *", "--tag ./*", "--binary *", "\"$PWD\"/*",
                                         "* | sed 's/$/\\r/'"));

TEST(ChecksumList, RefusesWhatItDoesNotUnderstand) {
  const std::string digest(64, 'a');
  const auto said = [](const std::string& list) {
    return message_of<DataError>([&] { parse_checksum_list(list, "SHA256SUMS"); });
  };
  EXPECT_THAT(said(digest + "  a\nnonsense\n"), HasSubstr("[SHA256SUMS:2] expected a SHA-256"));
  EXPECT_THAT(said(std::string(32, 'a') + "  a\n"), HasSubstr("[SHA256SUMS:1]"));
  EXPECT_THAT(said("MD5 (a) = " + digest + "\n"), HasSubstr("[SHA256SUMS:1]"));
  EXPECT_THAT(said(digest + "a  a\n"), HasSubstr("[SHA256SUMS:1]"));
  EXPECT_THAT(said(digest + "\n"), HasSubstr("[SHA256SUMS:1]"));
  EXPECT_THAT(said(digest + "  x/a\n" + std::string(64, 'b') + "  y/a\n"), HasSubstr("one checksum of 'a'"));
  EXPECT_THAT(parse_checksum_list(std::string(64, 'A') + "  a", "x"), UnorderedElementsAre(Pair("a", digest)));
  EXPECT_THAT(parse_checksum_list("\n# of today\n\n" + digest + " *a\r\n", "x"),
              UnorderedElementsAre(Pair("a", digest)));
}

}  // namespace
}  // namespace tse
