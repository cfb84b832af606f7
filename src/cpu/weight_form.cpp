#include "weight_form.h"

#include <array>

#include "kernels.h"

namespace tse::cpu {
namespace {

using onednn::Memory;
using onednn::Type;

#if DNNL_VERSION_MAJOR >= 3
/// The library that runs, which may be another than the one whose headers were there.
bool reorder_is_wrong() {
  static const bool wrong = [] {
    const dnnl_version_t* version = dnnl_version();
    const std::array<int, 3> now = {version->major, version->minor, version->patch};
    return now >= std::array{3, 7, 0} && now < std::array{3, 8, 1};
  }();
  return wrong;
}

/// Where each value of a tensor is in memory, in elements, the last side running fastest.
std::vector<std::uint32_t> places_of(const Memory::desc& desc) {
  const Memory::dims dims = desc.get_dims();
  const Memory::dims strides = desc.get_strides();
  const Memory::dims blocks = desc.get_inner_blks();
  const Memory::dims sides = desc.get_inner_idxs();  // that the blocks are of, from the outside
  std::vector<std::uint32_t> places;
  Memory::dims at(dims.size(), 0);
  for (;;) {
    Memory::dims rest = at;
    Memory::dim place = 0;
    Memory::dim step = 1;
    for (std::size_t i = blocks.size(); i-- > 0;) {
      Memory::dim& of_side = rest[static_cast<std::size_t>(sides[i])];
      place += of_side % blocks[i] * step;
      of_side /= blocks[i];
      step *= blocks[i];
    }
    for (std::size_t side = 0; side < dims.size(); ++side) place += rest[side] * strides[side];
    places.push_back(static_cast<std::uint32_t>(place));
    std::size_t side = dims.size();
    while (side > 0 && ++at[side - 1] == dims[side - 1]) at[--side] = 0;
    if (side == 0) return places;
  }
}
#endif

}  // namespace

WeightForm::WeightForm(const Memory& from, const Memory& to) {
#if DNNL_VERSION_MAJOR >= 3
  if (reorder_is_wrong()) {
    from_ = places_of(from.get_desc());
    to_ = places_of(to.get_desc());
    narrows_ = to.get_desc().get_data_type() == Type::bf16;
    return;
  }
#endif
  reorder_ = dnnl::reorder(from, to);
}

void WeightForm::copy(const Memory& from, const Memory& to) const {
  if (from_.empty()) {
    Memory source = from;
    Memory target = to;
    reorder_.execute(onednn::stream(), source, target);
    return;
  }
  const auto* source = static_cast<const float*>(from.get_data_handle());
  if (narrows_) {
    std::vector<float> values(from_.size());
    for (std::size_t i = 0; i < from_.size(); ++i) values[i] = source[from_[i]];
    std::vector<std::uint16_t> narrow(values.size());
    store_values(Storage::bf16, values.data(), values.size(), narrow.data());
    auto* target = static_cast<std::uint16_t*>(to.get_data_handle());
    for (std::size_t i = 0; i < narrow.size(); ++i) target[to_[i]] = narrow[i];
    return;
  }
  auto* target = static_cast<float*>(to.get_data_handle());
  for (std::size_t i = 0; i < from_.size(); ++i) target[to_[i]] = source[from_[i]];
}

}  // namespace tse::cpu
