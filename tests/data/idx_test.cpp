#include "tse/data/idx.h"

#include <cstdint>
#include <string>
#include <vector>

#include "support/expect_error.h"
#include "tse/base/error.h"

namespace tse {
namespace {

using testing::HasSubstr;
using Bytes = std::vector<std::uint8_t>;

Bytes idx(std::vector<std::uint8_t> head, std::vector<std::uint32_t> sizes, std::size_t data) {
  Bytes bytes = std::move(head);
  for (const std::uint32_t size : sizes) {
    for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes.push_back(static_cast<std::uint8_t>(size >> shift));
  }
  for (std::size_t i = 0; i < data; ++i) bytes.push_back(static_cast<std::uint8_t>(i));
  return bytes;
}

std::string refusal(const Bytes& bytes, int dimensions) {
  return message_of<DataError>([&] { parse_idx(bytes, dimensions, "FILE"); });
}

TEST(Idx, ReadsSizesAndData) {
  const Bytes bytes = idx({0, 0, 8, 3}, {2, 3, 4}, 24);
  const IdxArray array = parse_idx(bytes, 3, "FILE");
  EXPECT_EQ(array.sizes, (std::vector<int>{2, 3, 4}));
  EXPECT_EQ(array.data.size(), 24U);
  EXPECT_EQ(array.data[23], 23);
}

TEST(Idx, RefusesWithOffsetRuleAndValue) {
  EXPECT_THAT(refusal({}, 1), HasSubstr("[FILE] expected an IDX header of 8 bytes; the file has 0"));
  EXPECT_THAT(refusal(idx({0, 7, 8, 1}, {1}, 1), 1), HasSubstr("at offset 0 (IDX); got 0x00 0x07"));
  EXPECT_THAT(refusal(idx({0, 0, 13, 1}, {1}, 1), 1), HasSubstr("at offset 2; got 0x0d"));
  EXPECT_THAT(refusal(idx({0, 0, 8, 3}, {1, 1, 1}, 1), 1), HasSubstr("expected 1 dimensions at offset 3; got 3"));
  EXPECT_THAT(refusal(idx({0, 0, 8, 1}, {0}, 1), 1), HasSubstr("at offset 4; got 0"));
  EXPECT_THAT(refusal(idx({0, 0, 8, 1}, {0x80000000U}, 1), 1), HasSubstr("at offset 4; got 2147483648"));
  EXPECT_THAT(refusal(idx({0, 0, 8, 3}, {2, 3, 4}, 25), 3), HasSubstr("expected 24 bytes after the header"));
  EXPECT_THAT(refusal(idx({0, 0, 8, 3}, {2, 3, 4}, 23), 3), HasSubstr("dimension 3 is 4"));
  // 2^96 bytes, were they multiplied
  EXPECT_THAT(refusal(idx({0, 0, 8, 3}, {0x7fffffffU, 0x7fffffffU, 0x7fffffffU}, 8), 3), HasSubstr("dimension 1"));
}

TEST(Idx, MakesImagesOfBothFiles) {
  const Bytes images = idx({0, 0, 8, 3}, {2, 1, 3}, 6);
  Bytes labels = idx({0, 0, 8, 1}, {2}, 2);
  const ImageSet set = parse_idx_images(images, labels, {"a", "b"}, "IMAGES", "LABELS");
  EXPECT_EQ(set, (ImageSet{.count = 2,
                           .channels = 1,
                           .height = 1,
                           .width = 3,
                           .pixels = {0, 1, 2, 3, 4, 5},
                           .labels = {0, 1},
                           .class_names = {"a", "b"}}));
  labels.back() = 2;
  EXPECT_THAT(message_of<DataError>([&] { parse_idx_images(images, labels, {"a", "b"}, "IMAGES", "LABELS"); }),
              HasSubstr("[LABELS] expected a label below 2 at offset 9; got 2"));
  EXPECT_THAT(message_of<DataError>(
                  [&] { parse_idx_images(images, idx({0, 0, 8, 1}, {3}, 3), {"a", "b", "c"}, "IMAGES", "LABELS"); }),
              HasSubstr("one label for each of the 2 images; got 3"));
}

}  // namespace
}  // namespace tse
