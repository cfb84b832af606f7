#include "tse/base/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "tse/base/cores.h"

namespace tse {

void parallel(int n, int threads, const std::function<void(int)>& work) {
  const int wanted = threads > 0 ? threads : available_cores();
  std::atomic<int> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto run = [&] {
    try {
      for (int i = next++; i < n; i = next++) work(i);
    } catch (...) {
      next = n;
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;
    try {
      for (int thread = 1; thread < std::min(wanted, n); ++thread) others.emplace_back(run);
    } catch (const std::system_error&) {
      // at a limit on threads those that there are do the work
    }
    run();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace tse
