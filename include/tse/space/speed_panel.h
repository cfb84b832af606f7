#pragma once

#include <array>
#include <string>
#include <vector>

namespace tse {

/// The cells of NAS-Bench-201 on which `tse bench train` measures speed, from convolutions alone to none.
inline constexpr std::array kSpeedPanel = {
    "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|",
    "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|",
    "|nor_conv_1x1~0|+|nor_conv_1x1~0|nor_conv_1x1~1|+|nor_conv_1x1~0|nor_conv_1x1~1|nor_conv_1x1~2|",
    "|avg_pool_3x3~0|+|avg_pool_3x3~0|avg_pool_3x3~1|+|avg_pool_3x3~0|avg_pool_3x3~1|avg_pool_3x3~2|",
    "|skip_connect~0|+|skip_connect~0|skip_connect~1|+|skip_connect~0|skip_connect~1|skip_connect~2|",
    "|nor_conv_1x1~0|+|avg_pool_3x3~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|nor_conv_3x3~2|",
    "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|",
    "|nor_conv_3x3~0|+|none~0|avg_pool_3x3~1|+|skip_connect~0|none~1|nor_conv_1x1~2|"};

/// Networks on which `tse bench` measures speed: a space, and architectures of it.
struct SpeedPanelPart {
  std::string space;
  std::vector<std::string> archs;
};

struct SpeedPanel {
  std::string name;
  std::vector<SpeedPanelPart> parts;
};

/// The first is the default.
const std::vector<SpeedPanel>& speed_panels();

std::vector<std::string> speed_panel_names();

/// UsageError where there is none of this name.
const SpeedPanel& speed_panel(const std::string& name);

}  // namespace tse
