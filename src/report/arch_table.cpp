#include "arch_table.h"

#include <algorithm>
#include <sstream>

#include "tse/base/table.h"
#include "tse/report/escape.h"

namespace tse {
namespace {

constexpr int kShortestArch = 16;

int widest_line(const std::string& text) {
  int widest = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) widest = std::max(widest, display_width(line));
  return widest;
}

int widest_arch(const Ranking& ranking) {
  int widest = 0;
  for (const int index : ranking.order)
    widest = std::max(widest, display_width(arch_text(ranking.trials[static_cast<std::size_t>(index)])));
  return widest;
}

}  // namespace

std::string arch_text(const RankedTrial& ranked) { return clean_text(ranked.trial.job.arch.text); }

std::string fitted_table(int arch, int width, const std::function<TextTable(int arch_width)>& table, std::size_t keys) {
  const std::string whole = table(arch).text();
  const int excess = widest_line(whole) - width;
  return width <= 0 || excess <= 0 ? whole : table(std::max(kShortestArch, arch - excess)).text(width, keys);
}

std::string fitted_table(const Ranking& ranking, int width, const std::function<TextTable(int arch_width)>& table) {
  return fitted_table(widest_arch(ranking), width, table);
}

}  // namespace tse
