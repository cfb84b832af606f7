#include "tse/base/cores.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <filesystem>
#include <string>

#include "support/temp_folder.h"

namespace tse {
namespace {

/// The machine has at least one core, so limits below one are seen on every machine; higher ones need more cores.
class AvailableCores : public testing::Test {
 protected:
  void put(const std::string& file, std::string_view text) const { root_.write(file, text); }
  int available() const { return available_cores(root_.path()); }
  int all() const { return available_cores(empty_.path()); }

  TempFolder root_;
  TempFolder empty_;
};

TEST_F(AvailableCores, AreThoseThatTheProcessMayRunOn) {
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  EXPECT_EQ(all(), CPU_COUNT(&before));
  cpu_set_t one;
  CPU_ZERO(&one);
  for (std::size_t core = 0; core < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++core) {
    if (CPU_ISSET(core, &before)) CPU_SET(core, &one);
  }
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(all(), 1);
  ASSERT_EQ(sched_setaffinity(0, sizeof before, &before), 0);
}

TEST_F(AvailableCores, AreAsManyAsTheQuotaOfAnyLevelPays) {
  put("proc/self/cgroup", "0::/pod/box\n");
  put("sys/fs/cgroup/cpu.max", "max 100000\n");
  put("sys/fs/cgroup/pod/cpu.max", "150000 100000\n");
  put("sys/fs/cgroup/pod/box/cpu.max", "900000 100000\n");
  EXPECT_EQ(available(), 1);
  put("sys/fs/cgroup/pod/cpu.max", "1000000000 100000\n");
  put("sys/fs/cgroup/pod/box/cpu.max", "max 100000\n");
  EXPECT_EQ(available(), all());
  put("sys/fs/cgroup/pod/box/cpu.max", "20000 100000\n");  // a fifth of a core is one core, slowly
  EXPECT_EQ(available(), 1);
}

TEST_F(AvailableCores, KnowTheOlderControlGroups) {
  put("proc/self/cgroup", "3:cpu,cpuacct:/job\n");
  put("sys/fs/cgroup/cpu/job/cpu.cfs_quota_us", "-1\n");
  put("sys/fs/cgroup/cpu/job/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(available(), all());
  put("sys/fs/cgroup/cpu/job/cpu.cfs_quota_us", "190000\n");
  EXPECT_EQ(available(), 1);
}

}  // namespace
}  // namespace tse
