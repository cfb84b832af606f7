#include "tse/report/drawing.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "tse/report/escape.h"

namespace tse {
namespace {

// Lengths are in user units of the view box, which are about the pixels of a phone held upright.
constexpr double kCharacter = 6.3;  // width of a character of a label
constexpr double kNodeHeight = 22;
constexpr double kLevel = 30;  // between arcs above each other
constexpr double kMargin = 8;
constexpr double kFoot = 6;  // of an arc, from the middle of its node

double text_width(std::string_view text) {
  // counts characters, not bytes
  const auto characters =
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
  return static_cast<double>(characters) * kCharacter;
}

// A node's place in the row.
struct Box {
  double left = 0;
  double width = 0;

  double middle() const { return left + width / 2; }
  double right() const { return left + width; }
};

// An edge with its place: level 0 is the straight line, positive ones are arcs above, negative ones below.
struct Placed {
  Drawing::Edge edge;
  int level = 0;
};

// The first level on either side where no arc overlaps the interval (from, to).
class Levels {
 public:
  bool take(int level, int from, int to) {
    const auto index = static_cast<std::size_t>(level);
    if (taken_.size() <= index) taken_.resize(index + 1);
    for (const auto& [a, b] : taken_[index])
      if (from < b && a < to) return false;
    taken_[index].emplace_back(from, to);
    return true;
  }

 private:
  std::vector<std::vector<std::pair<int, int>>> taken_;
};

std::vector<Placed> place(const Drawing& drawing) {
  std::vector<Placed> placed;
  const int nodes = static_cast<int>(drawing.nodes.size());
  for (const auto& edge : drawing.edges) {
    const bool inside = edge.from >= 0 && edge.to >= 0 && edge.from < nodes && edge.to < nodes;
    if (inside && edge.from != edge.to) placed.push_back({edge, 0});
  }
  const auto span = [](const Placed& p) { return std::abs(p.edge.to - p.edge.from); };
  std::ranges::stable_sort(placed, {}, span);  // short arcs nearest to the nodes
  std::array<Levels, 3> sides;                 // straight, above, below
  for (Placed& p : placed) {
    const auto [from, to] = std::minmax(p.edge.from, p.edge.to);
    if (to - from == 1 && sides[0].take(0, from, to)) continue;
    // an arc must clear the shorter ones under it, so its level is never below that of its span
    for (int level = std::max(1, to - from - 1); p.level == 0; ++level) {
      if (sides[1].take(level, from, to)) {
        p.level = level;
      } else if (sides[2].take(level, from, to)) {
        p.level = -level;
      }
    }
  }
  return placed;
}

}  // namespace

std::string to_svg(const Drawing& drawing, std::string_view title) {
  const std::vector<Placed> placed = place(drawing);
  double straight_label = 40;
  int above = 0;
  int below = 0;
  for (const Placed& p : placed) {
    above = std::max(above, p.level);
    below = std::max(below, -p.level);
    if (p.level == 0) straight_label = std::max(straight_label, text_width(p.edge.label));
  }
  const double gap = straight_label + 10;
  std::vector<Box> boxes;
  double width = kMargin;
  for (const auto& name : drawing.nodes) {
    boxes.push_back({width, std::max(kNodeHeight, text_width(name) + 10)});
    width = boxes.back().right() + gap;
  }
  width += kMargin - (boxes.empty() ? 0 : gap);
  const double middle = kMargin + (above > 0 ? 14 + above * kLevel : 16) + kNodeHeight / 2;
  const double height = middle + kNodeHeight / 2 + (below > 0 ? 14 + below * kLevel : 4) + kMargin;
  const auto box_of = [&](int node) { return boxes[static_cast<std::size_t>(node)]; };

  std::string svg = fmt::format(
      R"(<svg class="cell" viewBox="0 0 {:.0f} {:.0f}" role="img" xmlns="http://www.w3.org/2000/svg"><title>{}</title>)",
      width, height, escape_html(title));
  std::string labels;  // above all lines
  for (const Placed& p : placed) {
    const std::string_view dead = p.edge.dead ? " dead" : "";
    const double direction = p.edge.to > p.edge.from ? 1 : -1;
    const Box start = box_of(p.edge.from);
    const Box end = box_of(p.edge.to);
    double label_x = (start.middle() + end.middle()) / 2;
    double label_y = 0;
    if (p.level == 0) {
      const double from = start.middle() + direction * start.width / 2;
      const double to = end.middle() - direction * (end.width / 2 + 1);
      svg += fmt::format(R"(<path class="cell-edge{}" d="M{:.1f} {:.1f}H{:.1f}"/>)", dead, from, middle, to);
      svg += fmt::format(R"(<path class="cell-head{}" d="M{:.1f} {:.1f}l{:.1f} -3.5v7z"/>)", dead, to, middle,
                         -direction * 6);
      label_x = (from + to) / 2;
      label_y = middle - 5;
    } else {
      const double side = p.level > 0 ? -1 : 1;
      const double start_y = middle + side * kNodeHeight / 2;
      const double top = start_y + side * (std::abs(p.level) * kLevel);
      const double from = start.middle() + direction * kFoot;
      const double to = end.middle() - direction * kFoot;
      const double bend = std::min(24.0, std::abs(to - from) / 3) * direction;
      svg += fmt::format(
          R"(<path class="cell-edge{0}" d="M{1:.1f} {2:.1f}Q{1:.1f} {3:.1f} {4:.1f} {3:.1f}H{5:.1f}Q{6:.1f} {3:.1f} {6:.1f} {2:.1f}"/>)",
          dead, from, start_y, top, from + bend, to - bend, to);
      svg +=
          fmt::format(R"(<path class="cell-head{}" d="M{:.1f} {:.1f}l-3.5 {:.1f}h7z"/>)", dead, to, start_y, side * 6);
      label_y = top - 4;
    }
    labels += fmt::format(R"(<text class="cell-label{}" x="{:.1f}" y="{:.1f}">{}</text>)", dead, label_x, label_y,
                          escape_html(p.edge.label));
  }
  for (std::size_t i = 0; i < drawing.nodes.size(); ++i) {
    const Box& box = boxes[i];
    svg += fmt::format(R"(<rect class="cell-node" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="{:.1f}"/>)",
                       box.left, middle - kNodeHeight / 2, box.width, kNodeHeight, kNodeHeight / 2);
    labels += fmt::format(R"(<text class="cell-name" x="{:.1f}" y="{:.1f}">{}</text>)", box.middle(), middle + 4,
                          escape_html(drawing.nodes[i]));
  }
  return svg + labels + "</svg>";
}

}  // namespace tse
