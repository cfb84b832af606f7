#include "tse/space/space.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "tse/space/graph.h"

namespace tse {
namespace {

/// A space of two architectures, "a" and "b", that states no choices; how many it has where it is to say so.
class TwoArchs final : public Space {
 public:
  explicit TwoArchs(std::optional<std::uint64_t> size) : size_(size) {}

  std::string spec() const override { return "two"; }
  Arch parse(std::string_view text) const override { return {std::string(text)}; }
  Arch sample(Stream& random) const override { return {random.below(2) == 0 ? "a" : "b"}; }
  std::vector<Arch> neighbours(const Arch& arch) const override { return {{arch.text == "a" ? "b" : "a"}}; }
  std::string canonical(const Arch& arch) const override { return arch.text; }
  bool connected(const Arch& /*arch*/) const override { return true; }
  Graph lower(const Arch& /*arch*/, const Task& /*task*/) const override { return {}; }
  Drawing draw(const Arch& /*arch*/) const override { return {}; }
  std::optional<std::uint64_t> size() const override { return size_; }

 private:
  std::optional<std::uint64_t> size_;
};

TEST(SampleUnique, SaysAtOnceThatASpaceHasNotSoMany) {
  EXPECT_EQ(sample_unique(TwoArchs(2), 2, 1).size(), 2U);
  EXPECT_EQ(message_of<UsageError>([] { (void)sample_unique(TwoArchs(2), 3, 1); }),
            "[two] expected at most 2 architectures, as it has no more; 3 were asked for");
}

TEST(SampleUnique, SaysAfterManyDrawsWhatItFoundOfAnUnknownNumber) {
  EXPECT_EQ(sample_unique(TwoArchs({}), 2, 1).size(), 2U);
  EXPECT_EQ(message_of<UsageError>([] { (void)sample_unique(TwoArchs({}), 3, 1); }),
            "[two] found only 2 connected architectures of different form in 103000 draws; 3 were asked for");
}

TEST(Space, WithoutChoicesRefusesWhatNeedsThem) {
  const TwoArchs space{{}};
  EXPECT_EQ(space.choices(), nullptr);
  const auto refuses = [](auto&& action) {
    EXPECT_THAT(message_of<UsageError>(action), testing::StartsWith("[two] this space states no choices"));
  };
  refuses([&] { (void)space.picks_of({"a"}); });
  refuses([&] { (void)space.arch_of({0}); });
  refuses([&] { (void)space.sub_network({"a"}, {}); });
  refuses([&] { (void)space.mixed({}); });
}

}  // namespace
}  // namespace tse
