#include "tse/data/cifar.h"

#include <filesystem>
#include <string>
#include <vector>

#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "tse/base/error.h"

namespace tse {
namespace {

using testing::HasSubstr;
using Bytes = std::vector<std::uint8_t>;

/// Records of these labels; pixel k of record r is (r + k) modulo 251.
Bytes records(const std::vector<Bytes>& labels) {
  Bytes bytes;
  for (std::size_t r = 0; r < labels.size(); ++r) {
    bytes.insert(bytes.end(), labels[r].begin(), labels[r].end());
    for (std::size_t k = 0; k < 3072; ++k) bytes.push_back(static_cast<std::uint8_t>((r + k) % 251));
  }
  return bytes;
}

ImageSet no_images(std::vector<std::string> names) {
  return {.channels = 3, .height = 32, .width = 32, .pixels = {}, .labels = {}, .class_names = std::move(names)};
}

void write_cifar10(const TempFolder& folder) {
  for (int i = 1; i <= 5; ++i) {
    folder.write("data_batch_" + std::to_string(i) + ".bin", records({{static_cast<std::uint8_t>(i)}, {0}}));
  }
  folder.write("test_batch.bin", records({{7}, {9}, {3}}));
}

TEST(Cifar, AppendsRecordsOfOneLabelByte) {
  ImageSet images = no_images({"a", "b", "c"});
  append_cifar(records({{2}, {0}}), 1, "FILE", images);
  append_cifar(records({{1}}), 1, "FILE", images);
  EXPECT_EQ(images.count, 3);
  EXPECT_EQ(images.labels, (std::vector<std::uint16_t>{2, 0, 1}));
  EXPECT_EQ(images.pixels.size(), 3 * 3072U);
  EXPECT_EQ(images.image(1)[0], 1);
  EXPECT_EQ(images.image(2)[250], 250);
}

TEST(Cifar, TakesTheFineLabelOfTwo) {
  ImageSet images = no_images({"a", "b", "c"});
  append_cifar(records({{19, 2}, {18, 1}}), 2, "FILE", images);
  EXPECT_EQ(images.labels, (std::vector<std::uint16_t>{2, 1}));
  EXPECT_EQ(images.image(0)[5], 5);
}

TEST(Cifar, RefusesWithOffsetRuleAndValue) {
  ImageSet images = no_images({"a", "b"});
  const auto refusal = [&](const Bytes& bytes) {
    return message_of<DataError>([&] { append_cifar(bytes, 1, "FILE", images); });
  };
  EXPECT_THAT(refusal({}), HasSubstr("[FILE] expected a whole number of records of 3073 bytes, at least one; got 0"));
  Bytes cut = records({{0}, {1}});
  cut.pop_back();
  EXPECT_THAT(refusal(cut), HasSubstr("got 6145 bytes"));
  EXPECT_THAT(refusal(records({{0}, {2}})), HasSubstr("expected a label below 2 at offset 3073; got 2"));
  EXPECT_EQ(images.count, 0);
}

TEST(Cifar, ReadsAFolder) {
  const TempFolder folder;
  write_cifar10(folder);
  const auto data = make_data("cifar10:dir=" + folder.path().string());
  EXPECT_EQ(data->facts(), (DataFacts{.channels = 3, .height = 32, .width = 32, .classes = 10, .images = 60000}));
  const DataSet set = data->load(0.5);
  EXPECT_EQ(set.train.labels, (std::vector<std::uint16_t>{1, 0, 2, 0, 3, 0, 4, 0, 5, 0}));
  EXPECT_EQ(set.test.labels, (std::vector<std::uint16_t>{7, 9, 3}));
  EXPECT_EQ(set.train.class_names[9], "truck");
  EXPECT_EQ(set.normalisation.mean, (std::vector<double>{125.3, 123.0, 113.9}));
  EXPECT_EQ(set.normalisation_source, "published");
}

TEST(Cifar, TakesClassNamesFromTheFolder) {
  const TempFolder folder;
  write_cifar10(folder);
  folder.write("batches.meta.txt", "a\r\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n");
  const auto data = make_data("cifar10:dir=" + folder.path().string());
  EXPECT_EQ(data->load(0).train.class_names, parse_class_names("a\nb\nc\nd\ne\nf\ng\nh\ni\nj", 10, "TEXT"));
  folder.write("batches.meta.txt", "a\nb\n");
  EXPECT_THAT(message_of<DataError>([&] { data->load(0); }), HasSubstr("expected 10 class names, one a line; got 2"));
}

TEST(Cifar, NamesTheMissingFileAndOption) {
  const TempFolder folder;
  write_cifar10(folder);
  std::filesystem::remove(folder.path() / "data_batch_4.bin");
  const auto data = make_data("cifar10:dir=" + folder.path().string());
  EXPECT_THAT(message_of<DataError>([&] { data->facts(); }), HasSubstr("data_batch_4.bin] expected this file"));
  EXPECT_THAT(message_of<DataError>([&] { data->load(0.5); }), HasSubstr("data_batch_4.bin"));
  EXPECT_THAT(message_of<UsageError>([] { make_data("cifar100"); }), HasSubstr("dir= must name the folder"));
}

}  // namespace
}  // namespace tse
