#include "tse/base/hash.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tse {
namespace {

// FIPS 180-2, appendix B
TEST(Hash, GivesThePublishedSha256) {
  EXPECT_EQ(Hash().hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Hash().add("abc").hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Hash million;
  for (int i = 0; i < 1000; ++i) million.add(std::string(1000, 'a'));
  EXPECT_EQ(million.hex(), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// RFC 1321, appendix A.5
TEST(Hash, GivesThePublishedMd5) {
  EXPECT_EQ(Hash(HashKind::md5).hex(), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(Hash(HashKind::md5).add("message digest").hex(), "f96b697d7cb7938d525a2f31aaf161d0");
}

TEST(Hash, TakesNumbersLeastByteFirst) {
  const std::vector<std::uint8_t> bytes = {2, 1, 0, 0, 0, 0, 0, 0};
  EXPECT_EQ(Hash().add(std::uint64_t{0x0102}).hex(), Hash().add(bytes).hex());
}

}  // namespace
}  // namespace tse
