#include "tse/plan/arena.h"

#include <algorithm>
#include <numeric>

namespace tse::plan {
namespace {

bool meet(const Stay& a, const Stay& b) { return a.first <= b.last && b.first <= a.last; }

}  // namespace

Arena place(std::span<const Stay> stays, std::size_t alignment) {
  Arena arena{.offsets = std::vector<std::size_t>(stays.size())};
  std::vector<std::size_t> taken;  // indices, by offset
  const auto room = [&](std::size_t i) { return (stays[i].bytes + alignment - 1) / alignment * alignment; };
  for (std::size_t i = 0; i < stays.size(); ++i) {
    if (stays[i].bytes == 0) continue;
    std::size_t& offset = arena.offsets[i];
    for (const std::size_t other : taken) {
      if (!meet(stays[i], stays[other])) continue;
      if (arena.offsets[other] >= offset + room(i)) break;
      offset = std::max(offset, arena.offsets[other] + room(other));
    }
    const auto at = [&](std::size_t index) { return arena.offsets[index]; };
    taken.insert(std::ranges::upper_bound(taken, offset, {}, at), i);
    arena.bytes = std::max(arena.bytes, offset + room(i));
  }
  return arena;
}

Arena allocate(const Plan& plan, const std::function<std::size_t(const Value&)>& bytes, std::size_t alignment,
               Order order) {
  const auto in_order = [&](Moment moment) { return order == Order::steps ? moment : Moment{.pass = moment.pass}; };
  std::vector<std::size_t> sizes;
  for (const Value& value : plan.values) sizes.push_back(bytes(value));
  std::vector<std::size_t> ids(sizes.size());
  std::iota(ids.begin(), ids.end(), 0);
  std::ranges::stable_sort(ids, std::greater(), [&](std::size_t id) { return sizes[id]; });
  std::vector<Stay> stays;
  for (const std::size_t id : ids) {
    const Value& value = plan.values[id];
    stays.push_back({.bytes = sizes[id], .first = in_order(value.born), .last = in_order(value.dies)});
  }
  const Arena placed = place(stays, alignment);
  Arena arena{.offsets = std::vector<std::size_t>(ids.size()), .bytes = placed.bytes};
  for (std::size_t i = 0; i < ids.size(); ++i) arena.offsets[ids[i]] = placed.offsets[i];
  return arena;
}

}  // namespace tse::plan
