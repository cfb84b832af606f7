#pragma once

#include <cstdint>
#include <vector>

#include "onednn.h"

namespace tse::cpu {

/// Brings weights from the plain order into the form that a primitive reads, or a gradient from the form that it wrote
/// into the plain one. oneDNN's own reorder does it, save in the releases whose reorder loses values where channels are
/// no multiple of a block (3.7.0 to 3.8.0: uxlfoundation/oneDNN, issue 3280; Debian 13 has 3.7.2): there it is done
/// here.
class WeightForm {
 public:
  WeightForm() = default;

  /// Between memories of these descriptions. What no weight belongs to is to be zero before.
  WeightForm(const onednn::Memory& from, const onednn::Memory& to);

  void copy(const onednn::Memory& from, const onednn::Memory& to) const;

 private:
  dnnl::reorder reorder_;
  std::vector<std::uint32_t> from_;  // where each value is, in elements; empty: oneDNN does it
  std::vector<std::uint32_t> to_;
  bool narrows_ = false;  // to bf16
};

}  // namespace tse::cpu
