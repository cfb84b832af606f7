#include "memory_plan.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <vector>

namespace tse::cpu {
namespace {

constexpr std::size_t kAlignment = 64;           // bytes: a cache line
constexpr std::size_t kBlockBytes = 256 * 1024;  // of the largest value of a pass, so that a few of them fit a cache

/// A stretch of memory that is taken from one moment to another.
struct Stretch {
  std::size_t offset = 0;
  std::size_t size = 0;
  int first = 0;
  int last = 0;
};

/// The lowest place that is free for all of that time.
class Shelf {
 public:
  std::size_t put(std::size_t size, int first, int last) {
    size = (size + kAlignment - 1) / kAlignment * kAlignment;
    std::size_t offset = 0;
    for (const Stretch& taken : taken_) {  // by offset
      if (taken.last < first || taken.first > last) continue;
      if (taken.offset >= offset + size) break;
      offset = std::max(offset, taken.offset + taken.size);
    }
    const Stretch mine{.offset = offset, .size = size, .first = first, .last = last};
    taken_.insert(std::ranges::upper_bound(taken_, offset, {}, &Stretch::offset), mine);
    height_ = std::max(height_, offset + size);
    return offset;
  }
  std::size_t height() const { return height_; }

 private:
  std::vector<Stretch> taken_;
  std::size_t height_ = 0;
};

/// The values that a pass keeps in scratch memory.
std::vector<Value*> scratch_values(Plan& plan, int pass) {
  std::vector<Value*> list;
  for (Value& value : plan.values) {
    if (!value.whole() && value.born == pass) list.push_back(&value);
  }
  return list;
}

void place_pass(Plan& plan, Pass& pass, int number) {
  std::size_t largest = 1;
  for (const Value& value : plan.values) {
    if (value.born <= number && value.dies >= number && (value.born == number || value.dies == number)) {
      largest = std::max(largest, value.image_bytes());
    }
  }
  // whatever the batch: its blocks, and so the order of sums, must not depend on how many images the plan has room for
  pass.block = block_images(largest);
  const auto images = static_cast<std::size_t>(std::min(pass.block, plan.batch));
  Shelf shelf;
  for (Value* value : scratch_values(plan, number)) {
    value->offset = shelf.put(value->image_bytes() * images, value->first_step, value->last_step);
  }
  pass.scratch = shelf.height();
  plan.scratch = std::max(plan.scratch, pass.scratch);
}

}  // namespace

int block_images(std::size_t image_bytes) {
  return static_cast<int>(std::bit_floor(std::max<std::size_t>(kBlockBytes / image_bytes, 1)));
}

void place(Plan& plan) {
  std::vector<Value*> whole;
  for (Value& value : plan.values) {
    if (value.whole()) whole.push_back(&value);
  }
  // large ones first: the small ones fill the gaps
  std::ranges::stable_sort(whole, std::greater(), &Value::image_bytes);
  Shelf shelf;
  for (Value* value : whole) {
    value->offset = shelf.put(value->image_bytes() * static_cast<std::size_t>(plan.batch), value->born, value->dies);
  }
  plan.arena = shelf.height();
  int number = 0;
  for (Pass& pass : plan.forward) place_pass(plan, pass, number++);
  for (Pass& pass : plan.backward) place_pass(plan, pass, number++);
}

}  // namespace tse::cpu
