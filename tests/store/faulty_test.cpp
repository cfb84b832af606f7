#include "tse/store/faulty.h"

#include <gtest/gtest.h>

#include "store/samples.h"
#include "tse/base/error.h"
#include "tse/store/memory.h"

namespace tse {
namespace {

TEST(FaultyStore, FailsAfterSoManyAndPassesTheRestOn) {
  const auto store = make_memory_study(Json::object(), sample_jobs(2));
  StoreFaults faults{.appends_that_work = 1, .finishes_that_work = 1, .beats_that_work = 1};
  const auto faulty = make_faulty_study(*store, faults);
  faulty->append(sample_jobs(1));
  EXPECT_THROW(faulty->append(sample_jobs(1)), DataError);
  EXPECT_EQ(store->count(), 3);
  const Lease first = faulty->claim(self(), 60)->lease;
  const Lease second = faulty->claim(self(), 60)->lease;
  EXPECT_TRUE(faulty->heartbeat(first, {}));
  EXPECT_FALSE(faulty->heartbeat(first, {}));
  EXPECT_TRUE(faulty->finish(first, sample_trace(1)));
  EXPECT_THROW(faulty->finish(second, sample_trace(2)), DataError);
  EXPECT_EQ(store->unfinished(), 2);
  faults = {};
  EXPECT_TRUE(faulty->finish(second, sample_trace(2)));
}

}  // namespace
}  // namespace tse
