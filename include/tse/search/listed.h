#pragma once

#include <cstddef>
#include <vector>

#include "tse/search/searcher.h"

namespace tse {

/// Proposes the architectures of a list, in order, whatever comes of them.
class Listed final : public Searcher {
 public:
  explicit Listed(std::vector<Arch> archs) : archs_(std::move(archs)) {}

  std::optional<Arch> ask() override {
    if (next_ == archs_.size()) return std::nullopt;
    return archs_[next_++];
  }
  void tell(const Observation& /*observation*/) override {}

 private:
  std::vector<Arch> archs_;
  std::size_t next_ = 0;
};

}  // namespace tse
