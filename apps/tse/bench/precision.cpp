#include "bench/precision.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <list>

#include "bench/team.h"
#include "tse/base/cores.h"
#include "tse/exec/programs.h"
#include "tse/rank/bootstrap.h"
#include "tse/rank/correlation.h"

namespace tse::cli {
namespace {

struct Way {
  const char* name;
  const char* precision;
  double noise;
};

/// The noise is half a unit in the last place of an fp32 number near 1.
constexpr std::array kWays = {Way{"fp32", "fp32", 0}, Way{"noise", "fp32", 0x1p-24}, Way{"bf16", "bf16", 0}};

Json correlation_json(const std::vector<double>& x, const std::vector<double>& y) {
  const Interval interval = correlation_interval(x, y, spearman_of_codes);
  return {{"spearman", finite_or_null(spearman(x, y))},
          {"kendall", finite_or_null(kendall(x, y))},
          {"ci95", {finite_or_null(interval.low), finite_or_null(interval.high)}},
          {"n", x.size()}};
}

}  // namespace

Json compare_precisions(const Space& space, const std::vector<Arch>& archs, const PrecisionOptions& options,
                        const std::function<void(int done, int total)>& progress) {
  const std::size_t total = archs.size() * kWays.size();
  std::list<Conversation> workers;
  for (int i = 0; i < available_cores(); ++i) {
    workers.emplace_back(find_program("tse-bench"), Json{{"contest", "losses"},
                                                         {"space", space.spec()},
                                                         {"data", options.data},
                                                         {"recipe", options.recipe},
                                                         {"batch", options.batch},
                                                         {"steps", options.steps}});
  }
  for (Conversation& worker : workers) worker.receive();

  std::array<std::vector<double>, kWays.size()> losses;
  for (auto& list : losses) list.resize(archs.size());
  for (std::size_t first = 0; first < total; first += workers.size()) {
    progress(static_cast<int>(first), static_cast<int>(total));
    std::size_t number = first;
    for (Conversation& worker : workers) {
      if (number == total) break;
      const Way& way = kWays[number % kWays.size()];
      worker.send({{"arch", archs[number++ / kWays.size()].text}, {"precision", way.precision}, {"noise", way.noise}});
    }
    number = first;
    for (Conversation& worker : workers) {
      if (number == total) break;
      const Json loss = worker.receive().at("loss");
      losses[number % kWays.size()][number / kWays.size()] =
          loss.is_null() ? std::numeric_limits<double>::infinity() : loss.get<double>();
      ++number;
    }
  }

  Json list = Json::array();
  for (std::size_t i = 0; i < archs.size(); ++i) {
    Json entry = {{"arch", archs[i].text}};
    for (std::size_t way = 0; way < kWays.size(); ++way) entry[kWays[way].name] = finite_or_null(losses[way][i]);
    list.push_back(std::move(entry));
  }
  return {{"space", space.spec()},
          {"data", options.data},
          {"recipe", options.recipe},
          {"batch", options.batch},
          {"steps", options.steps},
          {"fp32_to_noise", correlation_json(losses[0], losses[1])},
          {"fp32_to_bf16", correlation_json(losses[0], losses[2])},
          {"mean_losses", std::move(list)}};
}

}  // namespace tse::cli
