#include "tse/space/speed_panel.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tse/base/error.h"
#include "tse/space/graph.h"
#include "tse/space/space.h"

namespace tse {
namespace {

/// Each is of its space, none comes twice, and a batch of 128 takes an eager loop seconds, not minutes.
TEST(SpeedPanels, HaveNetworksThatCanBeMeasured) {
  for (const SpeedPanel& panel : speed_panels()) {
    std::set<std::string> seen;
    for (const SpeedPanelPart& part : panel.parts) {
      const auto space = make_space(part.space);
      EXPECT_EQ(space->spec(), part.space);
      for (const std::string& text : part.archs) {
        const Arch arch = space->parse(text);
        EXPECT_EQ(arch.text, text);
        EXPECT_TRUE(seen.insert(part.space + ' ' + text).second) << text;
        EXPECT_LT(macs(space->lower(arch, {})), 300'000'000) << text;
      }
    }
    EXPECT_GE(seen.size(), 5U) << panel.name;
    EXPECT_EQ(&speed_panel(panel.name), &panel);
  }
  EXPECT_THROW((void)speed_panel("nb2"), UsageError);
}

}  // namespace
}  // namespace tse
