#include "tse/base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

namespace tse {
namespace {

TEST(Parallel, CallsEachOnce) {
  for (const int threads : {0, 1, 2, 7}) {
    std::vector<std::atomic<int>> calls(1000);
    parallel(1000, threads, [&](int i) { ++calls[static_cast<std::size_t>(i)]; });
    for (const auto& count : calls) EXPECT_EQ(count, 1);
  }
  parallel(0, 2, [](int) { FAIL(); });
}

TEST(Parallel, ThrowsWhatACallThrew) {
  for (const int threads : {1, 3}) {
    EXPECT_THROW(parallel(100, threads,
                          [](int i) {
                            if (i == 42) throw std::runtime_error("no");
                          }),
                 std::runtime_error);
  }
}

}  // namespace
}  // namespace tse
