#include "tse/space/speed_panel.h"

#include <algorithm>

#include "tse/base/error.h"
#include "tse/base/option.h"

namespace tse {

const std::vector<SpeedPanel>& speed_panels() {
  static const std::vector<std::string> cells(kSpeedPanel.begin(), kSpeedPanel.end());
  static const std::vector<SpeedPanel> panels = {
      {"nb201", {{"nb201", cells}, {"nb201:channels=8,cells=1", cells}}},
      {"nds",  // of every kind of block; groups of 2 to 32 channels
       {{"vanilla", {"d3w34-d3w73-d3w155"}},
        {"resnet", {"d5w16-d5w34-d5w73", "d2w44-d2w93-d2w199"}},
        {"resnext-a", {"d2w64g4r2-d2w128g4r2-d2w256g4r2"}},
        {"resnext-b", {"d1w128g16r4-d1w256g16r2-d1w512g8r2"}}}},
      {"darts",  // DARTS_V2 and DARTS_V1 of its authors, and three random ones
       {{"darts",
         {"normal sep_conv_3x3:0 sep_conv_3x3:1 sep_conv_3x3:0 sep_conv_3x3:1 skip_connect:0 sep_conv_3x3:1 "
          "skip_connect:0 dil_conv_3x3:2 reduce max_pool_3x3:0 max_pool_3x3:1 max_pool_3x3:1 skip_connect:2 "
          "max_pool_3x3:0 skip_connect:2 max_pool_3x3:1 skip_connect:2",
          "normal sep_conv_3x3:0 sep_conv_3x3:1 skip_connect:0 sep_conv_3x3:1 skip_connect:0 sep_conv_3x3:1 "
          "sep_conv_3x3:0 skip_connect:2 reduce max_pool_3x3:0 max_pool_3x3:1 max_pool_3x3:0 skip_connect:2 "
          "max_pool_3x3:0 skip_connect:2 avg_pool_3x3:0 skip_connect:2",
          "normal dil_conv_5x5:0 skip_connect:1 sep_conv_5x5:1 max_pool_3x3:2 skip_connect:0 skip_connect:2 "
          "skip_connect:2 dil_conv_5x5:4 reduce avg_pool_3x3:0 sep_conv_3x3:1 sep_conv_5x5:1 dil_conv_3x3:2 "
          "max_pool_3x3:2 max_pool_3x3:3 max_pool_3x3:0 avg_pool_3x3:2",
          "normal dil_conv_3x3:0 skip_connect:1 avg_pool_3x3:0 dil_conv_5x5:1 dil_conv_5x5:0 sep_conv_5x5:2 "
          "skip_connect:0 max_pool_3x3:1 reduce dil_conv_3x3:0 dil_conv_3x3:1 sep_conv_3x3:0 dil_conv_3x3:1 "
          "skip_connect:0 dil_conv_3x3:3 dil_conv_3x3:3 max_pool_3x3:4",
          "normal avg_pool_3x3:0 avg_pool_3x3:1 max_pool_3x3:1 dil_conv_3x3:2 skip_connect:1 sep_conv_3x3:2 "
          "dil_conv_5x5:0 sep_conv_5x5:4 reduce dil_conv_5x5:0 dil_conv_3x3:1 sep_conv_5x5:0 skip_connect:1 "
          "sep_conv_3x3:0 sep_conv_3x3:3 avg_pool_3x3:2 sep_conv_5x5:4"}}}},
      {"randwired",
       {{"randwired:channels=32",
         {"ws(k=4,p=0.75,seed=0)", "ws(k=2,p=0.2,seed=1)", "er(p=0.2,seed=0)", "ba(m=5,seed=0)", "ba(m=1,seed=2)"}}}},
  };
  return panels;
}

std::vector<std::string> speed_panel_names() {
  std::vector<std::string> names;
  for (const SpeedPanel& panel : speed_panels()) names.push_back(panel.name);
  return names;
}

const SpeedPanel& speed_panel(const std::string& name) {
  const auto found = std::ranges::find(speed_panels(), name, &SpeedPanel::name);
  if (found == speed_panels().end()) throw UsageError("panel", "{}", unknown_name("panel", name, speed_panel_names()));
  return *found;
}

}  // namespace tse
