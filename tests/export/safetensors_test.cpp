#include "tse/export/safetensors.h"

#include <gtest/gtest.h>

#include <string>

#include "support/expect_error.h"
#include "tse/base/error.h"

namespace tse {
namespace {

using testing::HasSubstr;

TEST(Safetensors, KeepEveryBit) {
  const std::map<std::string, torch::Tensor> tensors = {
      {"a", torch::randn({2, 3})},
      {"b.weight", torch::randn({4, 3, 2, 2}).contiguous(at::MemoryFormat::ChannelsLast)},
      {"scalar", torch::tensor(0.1F)}};
  const auto read = from_safetensors(to_safetensors(tensors, {{"who", "tse"}}), "here");
  ASSERT_EQ(read.size(), tensors.size());
  for (const auto& [name, tensor] : tensors) EXPECT_TRUE(torch::equal(read.at(name), tensor)) << name;
}

// https://github.com/huggingface/safetensors#format
TEST(Safetensors, AreLaidOutAsTheFormatSays) {
  const Bytes file = to_safetensors({{"t", torch::tensor({1.0F})}});
  const std::string header = R"({"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  )";
  ASSERT_EQ(header.size() % 8, 0U);
  Bytes expected = {static_cast<std::uint8_t>(header.size()), 0, 0, 0, 0, 0, 0, 0};
  expected.insert(expected.end(), header.begin(), header.end());
  expected.insert(expected.end(), {0, 0, 0x80, 0x3f});
  EXPECT_EQ(file, expected);
}

TEST(Safetensors, NoticeDamage) {
  const Bytes file = to_safetensors({{"t", torch::randn({8})}});
  for (std::size_t size = 0; size < file.size(); ++size)
    EXPECT_THROW(from_safetensors(std::span(file).first(size), "here"), DataError) << size;
  Bytes other = file;
  const auto at = std::ranges::search(other, std::string("F32")).begin();
  *at = 'I';
  EXPECT_THAT(message_of<DataError>([&] { from_safetensors(other, "here"); }), HasSubstr("expected tensors of F32"));
}

}  // namespace
}  // namespace tse
