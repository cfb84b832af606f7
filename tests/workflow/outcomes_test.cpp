#include "tse/workflow/outcomes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "tse/base/error.h"
#include "tse/rank/truth.h"
#include "tse/space/space.h"

namespace tse {
namespace {

constexpr const char* kOwn =
    "normal sep_conv_3x3:0 sep_conv_3x3:1 sep_conv_3x3:0 sep_conv_3x3:1 skip_connect:0 sep_conv_3x3:1 skip_connect:0 "
    "dil_conv_3x3:2 reduce max_pool_3x3:0 max_pool_3x3:1 max_pool_3x3:1 skip_connect:2 max_pool_3x3:0 skip_connect:2 "
    "max_pool_3x3:1 skip_connect:2";

class Outcomes : public testing::Test {
 protected:
  std::string table(const std::string& rows) {
    return folder_.write("t.csv", "arch,accuracy\n" + rows).string() + ":accuracy";
  }

  TempFolder folder_;
  std::shared_ptr<const Space> space_ = make_space("darts");
  Arch arch_ = space_->parse(kOwn);
};

TEST_F(Outcomes, AreFoundHoweverTheTableWritesTheArchitecture) {
  const std::string published = *space_->published_form(arch_);
  for (const std::string& text : {std::string(kOwn), published}) {
    const std::string name = table("\"" + text + "\",91.5\nno architecture at all,3\n");
    const Truth truth = truth_from_json(outcomes_of(*space_, {arch_}, name), "test");
    EXPECT_EQ(truth.outcome, (std::map<std::string, double>{{arch_.text, 91.5}})) << text;
    EXPECT_THROW(outcomes_of_space(*space_, name), DataError);
  }
  const std::string both = "\"" + std::string(kOwn) + "\",91.5\n\"" + published + "\",";
  EXPECT_EQ(truth_from_json(outcomes_of(*space_, {arch_}, table(both + "91.5\n")), "test").outcome.size(), 1U);
  EXPECT_EQ(truth_from_json(outcomes_of_space(*space_, table(both + "91.5\n")), "test").outcome.size(), 1U);
  EXPECT_THAT(message_of<DataError>([&] { (void)outcomes_of(*space_, {arch_}, table(both + "90\n")); }),
              testing::HasSubstr("expected one outcome of each architecture"));
}

TEST_F(Outcomes, AreFinite) {
  const std::string name = table("\"" + std::string(kOwn) + "\",-inf\n");
  EXPECT_THAT(message_of<DataError>([&] { (void)outcomes_of(*space_, {arch_}, name); }),
              testing::HasSubstr("expected finite outcomes; got -inf"));
}

TEST_F(Outcomes, RefuseATableOfOthers) {
  Stream random(1);
  const std::string name = table("\"" + space_->sample(random).text + "\",91.5\n");
  EXPECT_THAT(message_of<DataError>([&] { (void)outcomes_of(*space_, {arch_}, name); }),
              testing::HasSubstr("there is none"));
}

}  // namespace
}  // namespace tse
