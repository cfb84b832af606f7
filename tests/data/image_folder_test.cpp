#include "tse/data/image_folder.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>

#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "tse/base/error.h"
#include "tse/base/file.h"

namespace tse {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

Bytes picture(const std::string& name) {
  return read_file(fs::path(TSE_SOURCE) / "tests/data/pictures" / name, 1U << 20U);
}

void fill(const TempFolder& folder, const fs::path& name, int count, const char* kind = "colour.jpg") {
  for (int i = 0; i < count; ++i)
    folder.write(name / (std::to_string(i) + fs::path(kind).extension().string()), picture(kind));
}

DataSet load(const TempFolder& folder, const std::string& options = "") {
  return make_data("images:dir=" + folder.path().string() + options)->load(0);
}

std::string refusal(const TempFolder& folder) {
  return message_of<DataError>([&] { load(folder); });
}

TEST(ImageFolder, SplitsEachClass) {
  const TempFolder folder;
  fill(folder, "dog", 10, "colour.png");
  fill(folder, "cat", 5, "grey.png");
  const DataSet data = load(folder, ",size=8");
  EXPECT_EQ(data.train.class_names, (std::vector<std::string>{"cat", "dog"}));
  EXPECT_EQ(data.test.class_names, data.train.class_names);
  EXPECT_EQ(std::ranges::count(data.test.labels, 0), 1);
  EXPECT_EQ(std::ranges::count(data.test.labels, 1), 2);
  EXPECT_EQ(std::ranges::count(data.train.labels, 0), 4);
  EXPECT_EQ(std::ranges::count(data.train.labels, 1), 8);
  EXPECT_EQ(data.train.height, 8);
  EXPECT_EQ(data.train.channels, 3);
  // grey: the three planes are equal
  const auto cat = data.train.image(0);
  EXPECT_TRUE(std::ranges::equal(cat.subspan(0, 64), cat.subspan(64, 64)));
}

TEST(ImageFolder, NamesAllBadFilesAtOnce) {
  const TempFolder folder;
  fill(folder, "dog", 3);
  fill(folder, "cat", 3);
  folder.write("cat/a.jpg", Bytes{1, 2, 3});
  folder.write("dog/b.jpg", Bytes{});
  EXPECT_THAT(refusal(folder), AllOf(HasSubstr("expected 8 images; 2 of the files"), HasSubstr("cat/a.jpg"),
                                     HasSubstr("dog/b.jpg"), testing::Not(HasSubstr("more"))));
  for (int i = 0; i < 11; ++i) folder.write("dog/bad" + std::to_string(i) + ".png", Bytes{1});
  EXPECT_THAT(refusal(folder), AllOf(HasSubstr("13 of the files"), HasSubstr("\nand 3 more")));
}

TEST(ImageFolder, WantsNamesThatCanGoIntoResults) {
  const TempFolder folder;
  fill(folder, "dog", 2);
  fill(folder, "caf\xE9", 2);
  EXPECT_THAT(refusal(folder), AllOf(HasSubstr("caf\\xe9] expected names in UTF-8")));
  EXPECT_THAT(message_of<DataError>([&] { make_data("images:dir=" + folder.path().string())->facts(); }),
              HasSubstr("expected names in UTF-8"));
}

TEST(ImageFolder, TakesACommaThatIsEscaped) {
  const TempFolder folder;
  fill(folder, "a, b/dog", 2);
  fill(folder, "a, b/cat", 2);
  EXPECT_EQ(make_data("images:dir=" + folder.path().string() + "/a\\, b")->load(0).train.count, 2);
  EXPECT_THAT(message_of<UsageError>([&] { make_data("images:dir=" + folder.path().string() + "/a, b"); }),
              HasSubstr("a comma in a value is written \\,"));
}

TEST(ImageFolder, SplitDependsOnTheSeedAndNothingIsLost) {
  const TempFolder folder;
  // different sizes make different pictures after resizing to one pixel row
  std::set<Bytes> contents;
  for (const char* kind :
       {"colour.jpg", "colour.png", "grey.png", "palette.png", "bits1.png", "alpha.png", "grey16.png"}) {
    folder.write(fs::path("a") / kind, picture(kind));
    folder.write(fs::path("b") / kind, picture(kind));
  }
  std::set<std::string> digests;
  for (const char* seed : {"0", "1", "2", "3"}) {
    const DataSet data = load(folder, std::string(",test_fraction=0.4,seed=") + seed);
    EXPECT_EQ(data.train.count, 8);
    EXPECT_EQ(data.test.count, 6);
    EXPECT_EQ(data.digest, load(folder, std::string(",test_fraction=0.4,seed=") + seed).digest);
    digests.insert(digest(data.test));
  }
  EXPECT_GT(digests.size(), 1U);
}

TEST(ImageFolder, TakesTrainAndTestFolders) {
  const TempFolder folder;
  fill(folder, "train/a", 3);
  fill(folder, "train/b", 1);
  fill(folder, "test/a", 1);
  fill(folder, "test/b", 2);
  const DataSet data = load(folder);
  EXPECT_EQ(data.train.labels, (std::vector<std::uint16_t>{0, 0, 0, 1}));
  EXPECT_EQ(data.test.labels, (std::vector<std::uint16_t>{0, 1, 1}));
}

TEST(ImageFolder, SplitsTrainWhereThereIsNoTest) {
  const TempFolder folder;
  fill(folder, "train/a", 4);
  fill(folder, "train/b", 4);
  const DataSet data = load(folder, ",channels=1");
  EXPECT_EQ(data.train.count, 6);
  EXPECT_EQ(data.test.count, 2);
  EXPECT_EQ(data.test.channels, 1);
}

TEST(ImageFolder, FactsNeedNoPixels) {
  const TempFolder folder;
  for (const char* file : {"a/0", "a/1", "b/0", "b/1", ".hidden/x", "a/.hidden"}) folder.write(file, "no image");
  const auto data = make_data("images:dir=" + folder.path().string() + ",size=24");
  EXPECT_EQ(data->facts(), (DataFacts{.channels = 3, .height = 24, .width = 24, .classes = 2, .images = 4}));
  EXPECT_THAT(message_of<DataError>([&] { data->load(0); }),
              AllOf(HasSubstr("expected a JPEG or PNG image"), HasSubstr("/a/")));
}

TEST(ImageFolder, RefusesWithFileRuleAndValue) {
  const auto with = [](auto&& change) {
    const TempFolder folder;
    fill(folder, "a", 2);
    fill(folder, "b", 2);
    change(folder);
    return refusal(folder);
  };
  EXPECT_THAT(with([](const TempFolder& folder) { fill(folder, "c", 1); }),
              AllOf(HasSubstr("/c] expected at least 2 images in a class folder; got 1")));
  EXPECT_THAT(with([](const TempFolder& folder) { fs::create_directory(folder.path() / "empty"); }),
              HasSubstr("/empty] expected at least 2 images in a class folder; got 0"));
  EXPECT_THAT(with([](const TempFolder& folder) { folder.write("stray.txt", ""); }),
              HasSubstr("/stray.txt] expected a folder per class; got a file"));
  EXPECT_THAT(with([](const TempFolder& folder) { fs::create_symlink("0.jpg", folder.path() / "a/link.jpg"); }),
              HasSubstr("/a/link.jpg] expected image files only in a class folder; got a symbolic link"));
  EXPECT_THAT(with([](const TempFolder& folder) { fs::create_directory_symlink("a", folder.path() / "z"); }),
              HasSubstr("/z] expected a folder per class; got a symbolic link"));
  EXPECT_THAT(with([](const TempFolder& folder) { fs::create_directory(folder.path() / "a/deeper"); }),
              HasSubstr("/a/deeper] expected image files only in a class folder; got a folder"));
  EXPECT_THAT(with([](const TempFolder& folder) { folder.write("a/notes.txt", "some notes"); }),
              HasSubstr("/a/notes.txt] expected a JPEG or PNG image; got something else"));
  EXPECT_THAT(with([](const TempFolder& folder) { folder.write("a/x.jpg", picture("animated.png")); }),
              HasSubstr("/a/x.jpg] expected a still image; got an animated PNG"));
  EXPECT_THAT(with([](const TempFolder& folder) { fs::remove_all(folder.path() / "b"); }),
              HasSubstr("expected 2 to 10000 class folders; got 1"));
}

TEST(ImageFolder, RefusesPartsThatDoNotMatch) {
  const TempFolder folder;
  fill(folder, "train/a", 2);
  fill(folder, "train/b", 2);
  fill(folder, "test/a", 2);
  fill(folder, "test/c", 2);
  EXPECT_THAT(refusal(folder), HasSubstr("'b' is only here"));
  fill(folder, "val/a", 2);
  EXPECT_THAT(refusal(folder),
              HasSubstr("/val] expected only the folders train and test beside each other; got 'val'"));
}

TEST(ImageFolder, ChecksItsOptions) {
  EXPECT_THAT(message_of<UsageError>([] { make_data("images"); }), HasSubstr("dir= must name the folder"));
  EXPECT_THAT(message_of<UsageError>([] { make_data("images:dir=x,channels=2"); }),
              HasSubstr("channels must be 1 or 3"));
  EXPECT_THAT(message_of<DataError>([] { make_data("images:dir=/nowhere/at/all")->facts(); }),
              HasSubstr("/nowhere/at/all"));
}

}  // namespace
}  // namespace tse
