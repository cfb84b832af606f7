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
