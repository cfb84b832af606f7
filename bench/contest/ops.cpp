#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "contestants.h"
#include "match.h"
#include "request.h"
#include "tse/base/error.h"

namespace tse::bench {
namespace {

using Clock = std::chrono::steady_clock;

Json to_json(const Match& match) {
  Json work = Json::object();
  for (const std::string& name : side_names(match)) {
    work[name] = match.work(name == "bf16" ? cpu::Storage::bf16 : cpu::Storage::fp32);
  }
  return {{"op", match.op}, {"on", match.on}, {"unit", match.unit}, {"work", std::move(work)}};
}

/// Seconds of one call, the mean over at least so long.
double seconds_per_call(Side& side, double least) {
  side.run();  // its tensors back into the caches
  const Clock::time_point start = Clock::now();
  double elapsed = 0;
  int calls = 0;
  do {
    side.run();
    ++calls;
    elapsed = std::chrono::duration<double>(Clock::now() - start).count();
  } while (elapsed < least);
  return elapsed / calls;
}

}  // namespace

void measure_ops(const Json& contest) {
  torch::set_num_threads(1);  // oneDNN's too
  const std::vector<Match> all = matches(member<int>(contest, "batch", "contest"));
  Json list = Json::array();
  for (const Match& match : all) list.push_back(to_json(match));
  answer({{"ready", true}, {"ops", std::move(list)}});
  std::map<std::string, std::unique_ptr<Side>> sides;  // of one op at a time: tensors of a batch are large
  int current = 0;
  while (const auto request = next_request()) {
    const auto number = member<int>(*request, "op", "request");
    if (number != std::exchange(current, number)) sides.clear();
    const auto name = member<std::string>(*request, "side", "request");
    std::unique_ptr<Side>& side = sides[name];
    if (!side) side = make_side(all.at(static_cast<std::size_t>(number)), name);
    answer({{"seconds", seconds_per_call(*side, member<double>(*request, "seconds", "request"))}});
  }
}

}  // namespace tse::bench
