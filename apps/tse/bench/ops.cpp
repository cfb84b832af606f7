#include "bench/ops.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include "bench/conversation.h"
#include "bench/machine.h"
#include "bench/team.h"
#include "tse/base/table.h"
#include "tse/exec/programs.h"

namespace tse::cli {
namespace {

using Turns = std::map<std::string, std::vector<double>>;  // seconds of a call, by side

/// Null where there is no such side.
Json seconds_of(const Turns& turns, const std::string& side) {
  const auto found = turns.find(side);
  return found == turns.end() ? Json(nullptr) : Json(median(found->second));
}

Json faster(const Json& one, const Json& other) {
  if (one.is_null() || other.is_null()) return one.is_null() ? other : one;
  return std::min(one.get<double>(), other.get<double>());
}

/// The largest distance of a turn from its side's median, as a part of it.
double spread(const Turns& turns) {
  double most = 0;
  for (const auto& [side, seconds] : turns) {
    for (const double turn : seconds) most = std::max(most, std::abs(turn / median(seconds) - 1));
  }
  return most;
}

Json op_json(const Json& op, const Turns& turns) {
  Json sides = Json::object();
  for (const auto& [side, work] : op.at("work").items()) {
    const std::vector<double>& seconds = turns.at(side);
    Json rounds = Json::array();
    for (const double turn : seconds) rounds.push_back(1e6 * turn);
    sides[side] = {{"microseconds", 1e6 * median(seconds)},
                   {"rounds", std::move(rounds)},
                   {"rate", work.get<double>() / median(seconds)}};
  }
  const Json plain = seconds_of(turns, "plain");
  const Json best = faster(plain, seconds_of(turns, "channels-last"));
  const Json fp32 = seconds_of(turns, "fp32");
  const Json bf16 = seconds_of(turns, "bf16");
  return {{"op", op.at("op")},
          {"on", op.at("on")},
          {"unit", op.at("unit")},
          {"sides", std::move(sides)},
          {"fp32_to_plain", quotient(plain, fp32)},
          {"bf16_to_plain", quotient(plain, bf16)},
          {"fp32_to_best", quotient(best, fp32)},
          {"bf16_to_best", quotient(best, bf16)},
          {"spread", spread(turns)}};
}

/// Of a side; "-" where it is not there.
std::string side_text(const Json& op, const char* side, const char* key) {
  const Json& sides = op.at("sides");
  return sides.contains(side) ? text_of(sides.at(side).at(key)) : "-";
}

}  // namespace

Json measure_ops(const OpsOptions& options, const std::function<void(int done, int total)>& progress) {
  Conversation process(find_program("tse-bench"), {{"contest", "ops"}, {"batch", options.batch}});
  const Json list = process.receive().at("ops");
  Json ops = Json::array();
  for (const Json& op : list) {
    const auto number = static_cast<int>(ops.size());
    progress(number, static_cast<int>(list.size()));
    Turns turns;
    for (int round = 0; round < options.rounds; ++round) {
      for (const auto& [side, work] : op.at("work").items()) {
        process.send({{"op", number}, {"side", side}, {"seconds", options.seconds}});
        turns[side].push_back(member<double>(process.receive(), "seconds", "tse-bench"));
      }
    }
    ops.push_back(op_json(op, turns));
  }
  return {{"batch", options.batch}, {"rounds", options.rounds}, {"seconds", options.seconds}, {"ops", std::move(ops)}};
}

std::string ops_text(const Json& result) {
  using enum TextTable::Align;
  TextTable table({{"op"},
                   {"on"},
                   {"fp32", right},
                   {"bf16", right},
                   {"plain", right},
                   {"channels-last", right},
                   {"fp32/plain", right},
                   {"bf16/plain", right},
                   {"fp32/best", right},
                   {"bf16/best", right},
                   {"rate in fp32", right},
                   {"in bf16", right},
                   {"of plain", right},
                   {"unit"},
                   {"spread", right}});
  for (const Json& op : result.at("ops")) {
    table.add({op.at("op"), op.at("on"), side_text(op, "fp32", "microseconds"), side_text(op, "bf16", "microseconds"),
               side_text(op, "plain", "microseconds"), side_text(op, "channels-last", "microseconds"),
               times(op.at("fp32_to_plain")), times(op.at("bf16_to_plain")), times(op.at("fp32_to_best")),
               times(op.at("bf16_to_best")), side_text(op, "fp32", "rate"), side_text(op, "bf16", "rate"),
               side_text(op, "plain", "rate"), op.at("unit"), percent(op.at("spread"))});
  }
  return fmt::format(
      "{}\n\nMicroseconds of a call over a batch of {}, one thread: our kernels in fp32 and bf16, block by block of "
      "images,\n"
      "and PyTorch's plain ops in fp32, NCHW and channels-last; how many times as fast ours are as plain ones in "
      "NCHW,\n"
      "and as the best, those in the faster layout.\n\n{}",
      machine_text(result.at("machine")), result.at("batch").get<int>(), table.text());
}

}  // namespace tse::cli
