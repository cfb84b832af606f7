#include <gtest/gtest.h>

#include <cctype>
#include <string>
#include <tuple>
#include <vector>

#include "tse/space/check.h"

namespace tse {
namespace {

/// What every search space must hold to, as `tse space check` tries it. A new one is tested by its line in the
/// registry.
class SpaceContract : public testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(SpaceContract, Holds) {
  const auto& [space, property] = GetParam();
  const PropertyCheck check = check_property(*make_space(space), property);
  EXPECT_EQ(make_space(space)->spec(), space);
  if (check.verdict == PropertyVerdict::not_asked) GTEST_SKIP() << check.note;
  EXPECT_EQ(check.verdict, PropertyVerdict::holds) << check.note;
}

std::string name_of(const testing::TestParamInfo<SpaceContract::ParamType>& info) {
  std::string name = std::get<0>(info.param) + '_' + std::get<1>(info.param);
  for (char& letter : name) {
    if (!std::isalnum(static_cast<unsigned char>(letter))) letter = '_';
  }
  return name;
}

std::vector<std::string> all_spaces() {
  std::vector<std::string> list = spaces().names();
  list.emplace_back("nb201:channels=8,cells=1");
  list.emplace_back("darts:channels=8,cells=3,none=1");
  list.emplace_back("resnext-a:stem=8,max_depth=4,max_width=64");
  list.emplace_back("randwired:nodes=5,channels=4,features=16,generator=ws,p=0.5");
  return list;
}

INSTANTIATE_TEST_SUITE_P(AllSpaces, SpaceContract,
                         testing::Combine(testing::ValuesIn(all_spaces()), testing::ValuesIn(space_properties())),
                         name_of);

}  // namespace
}  // namespace tse
