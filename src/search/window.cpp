#include "tse/search/window.h"

#include <utility>

namespace tse {

WindowedSearch::WindowedSearch(std::unique_ptr<Searcher> searcher, int window)
    : searcher_(std::move(searcher)), window_(static_cast<std::size_t>(window)) {}

std::size_t WindowedSearch::needed() const { return asked_ < window_ ? 0 : asked_ + 1 - window_; }

void WindowedSearch::tell(Observation observation) {
  kept_.push_back(std::move(observation));
  ++told_;
}

std::optional<Arch> WindowedSearch::ask() {
  for (; passed_ < needed(); ++passed_) {
    searcher_->tell(kept_.front());
    kept_.pop_front();
  }
  std::optional<Arch> arch = searcher_->ask();
  if (arch) ++asked_;
  return arch;
}

}  // namespace tse
