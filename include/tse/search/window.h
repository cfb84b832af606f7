#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>

#include "tse/search/searcher.h"

namespace tse {

/// Asks a searcher so that its proposals do not depend on how many work at once: trial n is proposed from the results
/// of the trials up to n - window, and from no others, whichever happen to be known.
class WindowedSearch {
 public:
  /// A window of 1 waits for every result before it asks for the next.
  WindowedSearch(std::unique_ptr<Searcher> searcher, int window);

  /// How many results, from the first on, the next proposal is made from.
  std::size_t needed() const;

  std::size_t told() const { return told_; }

  /// The next result, in the order of asking.
  void tell(Observation observation);

  /// The next proposal; nothing where the searcher has none. There must be `needed()` results.
  std::optional<Arch> ask();

 private:
  std::unique_ptr<Searcher> searcher_;
  std::size_t window_;
  std::size_t asked_ = 0;
  std::size_t told_ = 0;
  std::size_t passed_ = 0;  // of those told, to the searcher
  std::deque<Observation> kept_;
};

}  // namespace tse
