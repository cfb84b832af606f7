#include "tse/base/path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "tse/base/error.h"

namespace tse {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

TEST(Path, ThatIsEmptyIsAUsageErrorOfItsPlace) {
  EXPECT_THAT(message_of<UsageError>([] { absolute_path("", "--study"); }), StartsWith("[--study] expected a path"));
  EXPECT_THAT(message_of<UsageError>([] { resolved_path("", "dir="); }), StartsWith("[dir=]"));
}

TEST(Path, OfTooLongANameIsADataErrorWithTheName) {
  const std::string name(300, 'x');
  EXPECT_THAT(message_of<DataError>([&] { path_exists(name); }),
              AllOf(StartsWith("[" + name + "]"), HasSubstr("File name too long")));
  EXPECT_THROW(is_folder(name), DataError);
  EXPECT_THROW(resolved_path(name, "x"), DataError);
}

TEST(Path, FoldersThatWereMadeCanBeRemovedAgainWhereNothingIsInThem) {
  const TempFolder folder;
  fs::create_directory(folder.path() / "there");
  const auto made = make_folders(folder.path() / "there" / "a" / "b");
  ASSERT_EQ(made.size(), 2U);
  EXPECT_TRUE(is_folder(made.front()));
  remove_empty(made);
  EXPECT_FALSE(path_exists(folder.path() / "there" / "a"));
  EXPECT_TRUE(is_folder(folder.path() / "there"));
  const auto again = make_folders(folder.path() / "there" / "a" / "b");
  folder.write("there/a/kept", std::string_view("x"));
  remove_empty(again);
  EXPECT_TRUE(path_exists(folder.path() / "there" / "a" / "kept"));
  EXPECT_FALSE(path_exists(folder.path() / "there" / "a" / "b"));
  EXPECT_TRUE(make_folders(folder.path()).empty());
  EXPECT_TRUE(make_folders("").empty());
}

TEST(Path, ABrokenLinkSaysWhereItLeads) {
  const TempFolder folder;
  fs::create_symlink("nowhere", folder.path() / "broken");
  fs::create_symlink(folder.path(), folder.path() / "whole");
  EXPECT_EQ(broken_link(folder.path() / "broken"), fs::path("nowhere"));
  EXPECT_EQ(broken_link(folder.path() / "whole"), std::nullopt);
  EXPECT_EQ(broken_link(folder.path()), std::nullopt);
  EXPECT_EQ(broken_link(folder.path() / "missing"), std::nullopt);
}

/// What the kernel finds, not what the letters say: behind a link, `..` is above where that leads.
TEST(Path, IsResolvedAsTheKernelDoes) {
  const TempFolder folder;
  std::filesystem::create_directories(folder.path() / "far" / "away");
  std::filesystem::create_symlink(folder.path() / "far" / "away", folder.path() / "link");
  const std::filesystem::path real = std::filesystem::canonical(folder.path());
  EXPECT_EQ(resolved_path(folder.path() / "link" / ".." / "s.tse", "x"), real / "far" / "s.tse");
  EXPECT_EQ(resolved_path(folder.path() / "new" / ".." / "s.tse", "x"), real / "s.tse");
}

TEST(Path, BelowAFileOrOfNothingIsNotThere) {
  const TempFolder folder;
  const fs::path file = folder.write("file", "x");
  EXPECT_TRUE(path_exists(file));
  EXPECT_FALSE(path_exists(folder.path() / "nothing"));
  EXPECT_FALSE(path_exists(file / "below"));
  EXPECT_FALSE(is_folder(file));
  EXPECT_TRUE(is_folder(folder.path()));
}

TEST(Path, IsResolvedThroughLinksToTheOneNameOfTheFile) {
  const TempFolder folder;
  const fs::path file = folder.write("deep/file", "x");
  fs::create_symlink("deep/file", folder.path() / "link");
  fs::create_directory_symlink("deep", folder.path() / "way");
  const fs::path one = fs::canonical(file);
  EXPECT_EQ(resolved_path(folder.path() / "link", ""), one);
  EXPECT_EQ(resolved_path(folder.path() / "way/../way/file", ""), one);
  EXPECT_EQ(resolved_path(folder.path() / "way/new", ""), one.parent_path() / "new");
}

TEST(Path, FromAWorkingFolderThatIsGoneIsADataError) {
  const TempFolder folder;
  const pid_t child = fork();
  if (child == 0) {
    const fs::path gone = folder.path() / "gone";
    fs::create_directory(gone);
    fs::current_path(gone);
    fs::remove(gone);
    int code = 1;
    try {
      absolute_path("file", "x");
    } catch (const DataError& error) {
      code = std::string(error.what()).starts_with("[file]") ? 0 : 2;
    }
    _exit(code);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace tse
