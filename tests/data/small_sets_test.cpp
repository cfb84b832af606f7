// The published sets' formats, in small: make_small_sets.py, beside this file, writes them with NumPy and SciPy and
// says what is in them.
#include <filesystem>
#include <fstream>

#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "tse/base/error.h"
#include "tse/base/file.h"
#include "tse/base/hash.h"
#include "tse/base/json.h"
#include "tse/data/data.h"
#include "tse/data/flowers102.h"
#include "tse/data/imagenet16.h"
#include "tse/data/picture.h"
#include "tse/data/svhn.h"

namespace tse {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const fs::path kSmall = fs::path(TSE_SOURCE) / "tests/data/small_sets";

Json expected(const std::string& name) {
  std::ifstream file(TSE_SOURCE "/tests/data/expected_small_sets.json");
  return Json::parse(file).at(name);
}

Json described(const ImageSet& images) {
  return {{"labels", images.labels}, {"pixels", Hash().add(images.pixels).hex()}};
}

Bytes read(const fs::path& name) { return read_file(kSmall / name, 1U << 20U); }

/// Bytes with the first `from` in them replaced by as many others.
Bytes changed(Bytes bytes, std::string_view from, std::string_view to) {
  const std::size_t at = as_text(bytes).find(from);
  EXPECT_NE(at, std::string_view::npos);
  std::ranges::copy(to, bytes.begin() + static_cast<std::ptrdiff_t>(at));
  return bytes;
}

TEST(SmallSets, ImageNet16KeepsTheFirstClasses) {
  const DataSet set = make_data("imagenet16-120:dir=" + (kSmall / "imagenet16-120").string())->load(0);
  EXPECT_EQ(described(set.train), expected("imagenet16-120").at("train"));
  EXPECT_EQ(described(set.test), expected("imagenet16-120").at("test"));
  EXPECT_EQ(set.normalisation.mean, (std::vector<double>{122.68, 116.66, 104.01}));
  EXPECT_EQ(set.train.class_names.back(), "120");
}

TEST(SmallSets, ImageNet16RefusesABatchThatIsNone) {
  const Bytes good = read("imagenet16-120/val_data");
  const auto refusal = [](const Bytes& bytes) {
    return message_of<DataError>([&] {
      ImageSet images{
          .channels = 3, .height = 16, .width = 16, .pixels = {}, .labels = {}, .class_names = {"a", "b", "c"}};
      append_downsampled_imagenet(Pickle::parse(bytes, "file"), images);
    });
  };
  EXPECT_THAT(refusal(changed(good, "data", "dada")), HasSubstr("expected a dict with 'data'"));
  EXPECT_THAT(refusal(changed(good, "labels", "labelz")), HasSubstr("expected a dict with 'labels'"));
  // 500 and 1000 as M and two bytes, the lowest first
  EXPECT_THAT(refusal(changed(good, "M\xE8\x03", "M\xE9\x03")), HasSubstr("expected a label in [1, 1000]; got 1001"));
  EXPECT_THAT(refusal(changed(good, std::string_view("M\xE8\x03", 3), std::string_view("M\0\0", 3))),
              HasSubstr("got 0"));
  // the list without its last item: "K 9" becomes None twice, which are more labels than images
  EXPECT_THAT(refusal(changed(good, "K\x09", "NN")), HasSubstr("expected 13 labels, one for each image; got 14"));
  // (13,768) is K 13 M 768; 2 x 4992 are as many
  EXPECT_THAT(refusal(changed(good, std::string_view("K\x0DM\0\x03", 5), std::string_view("K\2M\x80\x13", 5))),
              HasSubstr("expected an array of bytes, (N,768); got one of u1 with 2 axes, the last of 4992"));
}

TEST(SmallSets, SvhnTurnsColumnsToRowsAndTenToZero) {
  const DataSet set = make_data("svhn:dir=" + (kSmall / "svhn").string())->load(0);
  EXPECT_EQ(described(set.train), expected("svhn").at("train"));
  EXPECT_EQ(described(set.test), expected("svhn").at("test"));
}

TEST(SmallSets, SvhnRefusesOtherArrays) {
  EXPECT_THAT(message_of<DataError>([] { parse_svhn(read("flowers102/setid.mat"), "file"); }),
              HasSubstr("[file] expected an array 'X'; there are 'trnid', 'valid', 'tstid'"));
}

/// The published split is what is held out, and each image is the one of its number.
TEST(SmallSets, Flowers102FollowsThePublishedSplit) {
  const TempFolder folder;
  fs::copy(kSmall / "flowers102", folder.path());
  fs::create_directories(folder.path() / "jpg");
  const fs::path pictures = fs::path(TSE_SOURCE) / "tests/data/pictures";
  for (int i = 1; i <= 40; ++i)
    fs::copy_file(pictures / (i % 2 == 0 ? "colour.jpg" : "grey.jpg"),
                  folder.path() / "jpg" / fmt::format("image_{:05}.jpg", i));
  const DataSet set = make_data("flowers102:size=8,dir=" + folder.path().string())->load(0.5);
  const Json lists = expected("flowers102");
  const auto check = [&](const ImageSet& images, std::vector<int> indices, const Json& list) {
    std::ranges::sort(indices);  // the order of the lists, before the shuffle
    ASSERT_EQ(indices.size(), list.at("ids").size());
    for (std::size_t i = 0; i < indices.size(); ++i) {
      const int number = list.at("ids")[i];
      EXPECT_EQ(images.labels[static_cast<std::size_t>(indices[i])], list.at("labels")[i]);
      const Picture picture = resize(
          decode_picture(read_file(folder.path() / "jpg" / fmt::format("image_{:05}.jpg", number), 1U << 20U), "jpg"),
          8, 8);
      const auto pixels = images.image(indices[i]);
      for (std::size_t k = 0; k < 64; ++k) {
        for (std::size_t plane = 0; plane < 3; ++plane)
          ASSERT_EQ(pixels[plane * 64 + k], picture.rgb[3 * k + plane]) << number;
      }
    }
  };
  check(set.train, set.split.train, lists.at("train"));
  check(set.train, set.split.valid, lists.at("valid"));
  std::vector<int> all(static_cast<std::size_t>(set.test.count));
  for (int i = 0; i < set.test.count; ++i) all[static_cast<std::size_t>(i)] = i;
  check(set.test, all, lists.at("test"));
  fs::remove(folder.path() / "jpg" / "image_00001.jpg");
  fs::remove(folder.path() / "jpg" / "image_00002.jpg");
  EXPECT_THAT(message_of<DataError>([&] { make_data("flowers102:dir=" + folder.path().string())->load(0.5); }),
              HasSubstr("jpg/image_0000"));
}

TEST(SmallSets, Flowers102RefusesListsThatDoNotFit) {
  const Bytes labels = read("flowers102/imagelabels.mat");
  const Bytes sets = read("flowers102/setid.mat");
  EXPECT_EQ(parse_flower_lists(labels, "labels", sets, "sets").labels.size(), 40U);
  EXPECT_THAT(message_of<DataError>([&] { parse_flower_lists(sets, "labels", sets, "sets"); }),
              HasSubstr("[labels] expected an array 'labels'"));
  EXPECT_THAT(message_of<DataError>([&] { parse_flower_lists(labels, "labels", labels, "sets"); }),
              HasSubstr("[sets] expected an array 'trnid'"));
  // the last two numbers of the file are of tstid, 16 bits each
  Bytes twice = sets;
  std::ranges::copy(sets.end() - 4, sets.end() - 2, twice.end() - 2);
  EXPECT_THAT(message_of<DataError>([&] { parse_flower_lists(labels, "labels", twice, "sets"); }),
              HasSubstr("of 'tstid' is there twice"));
  Bytes far = sets;
  far.at(far.size() - 2) = 41;
  EXPECT_THAT(message_of<DataError>([&] { parse_flower_lists(labels, "labels", far, "sets"); }),
              HasSubstr("in [1, 40] in 'tstid'; number 11 is 41"));
}

}  // namespace
}  // namespace tse
