#include "tse/trial/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "tse/base/error.h"
#include "tse/base/random.h"

namespace tse {
namespace {

Checkpoint sample(std::uint64_t seed) {
  Stream random(seed);
  Checkpoint checkpoint;
  checkpoint.job.arch = {"some\n\"text\""};
  checkpoint.job.seed = random();
  checkpoint.trace.train_images = checkpoint.trace.batch = 7;
  for (int i = 0; i < 5; ++i)
    checkpoint.trace.step_loss.push_back(static_cast<double>(static_cast<float>(random.unit())));
  for (int tensor = 0; tensor < 3; ++tensor) {
    StoredTensor stored{.shape = {static_cast<std::int64_t>(random.below(5)), 3},
                        .type = tensor == 0 ? "float64" : "float32",
                        .data = {}};
    stored.data.resize(static_cast<std::size_t>(stored.shape[0] * 3) * (tensor == 0 ? 8 : 4));
    for (auto& byte : stored.data) byte = static_cast<std::uint8_t>(random());
    checkpoint.tensors["tensor" + std::to_string(tensor)] = stored;
  }
  return checkpoint;
}

TEST(Checkpoint, SurvivesItsBytes) {
  for (std::uint64_t seed = 0; seed < 50; ++seed)
    EXPECT_EQ(decode_checkpoint(encode(sample(seed)), "test"), sample(seed));
}

/// The values where they lie in the file, at multiples of their size.
TEST(Checkpoint, IsMappedAsItIsDecoded) {
  const TempFolder folder;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Checkpoint whole = sample(seed);
    const std::filesystem::path file = folder.write("c.ckpt", encode(whole));
    const MappedCheckpoint mapped = map_checkpoint(file);
    EXPECT_EQ(mapped.place, file.string());
    EXPECT_EQ(mapped.job, whole.job);
    EXPECT_EQ(mapped.trace, whole.trace);
    ASSERT_EQ(mapped.tensors.size(), whole.tensors.size());
    for (const auto& [name, tensor] : mapped.tensors) {
      EXPECT_EQ(tensor.shape, whole.tensors.at(name).shape);
      EXPECT_TRUE(std::ranges::equal(tensor.data, whole.tensors.at(name).data));
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(tensor.data.data()) % 4, 0U);
    }
  }
  EXPECT_THROW(map_checkpoint(folder.path() / "none.ckpt"), DataError);
  EXPECT_THROW(map_checkpoint(folder.path()), DataError);
  EXPECT_THROW(map_checkpoint(folder.write("empty.ckpt", "")), DataError);
}

TEST(Checkpoint, EveryChangedBitAndEveryCutIsNoticed) {
  const std::vector<std::uint8_t> good = encode(sample(1));
  for (std::size_t byte = 0; byte < good.size(); ++byte) {
    std::vector<std::uint8_t> changed = good;
    changed[byte] ^= static_cast<std::uint8_t>(1U << (byte % 8));
    EXPECT_THROW((void)decode_checkpoint(changed, "test"), DataError) << byte;
    EXPECT_THROW((void)decode_checkpoint(std::span(good).first(byte), "test"), DataError) << byte;
  }
}

TEST(Checkpoint, SaysWhichVersionItReads) {
  std::vector<std::uint8_t> newer = encode(sample(1));
  newer[15] = '2';
  EXPECT_THAT(message_of<DataError>([&] { (void)decode_checkpoint(newer, "x.ckpt"); }),
              testing::HasSubstr("[x.ckpt] expected a checkpoint of version 1"));
}

}  // namespace
}  // namespace tse
