#pragma once

#include <string>
#include <string_view>

#include "tse/space/space.h"

namespace tse {

/// The drawing as an <svg> element for use inside an HTML page: nodes in a row, edges between neighbours straight, all
/// others as arcs above and below that do not touch each other's labels; dead edges faint. Colours and fonts come from
/// the page's style sheet (classes cell-node, cell-edge, cell-label, dead). `title` is what screen readers say.
std::string to_svg(const Drawing& drawing, std::string_view title);

}  // namespace tse
