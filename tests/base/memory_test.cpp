#include "tse/base/memory.h"

#include <gtest/gtest.h>

#include <string>

#include "support/temp_folder.h"
#include "tse/base/write.h"

namespace tse {
namespace {

class AvailableMemory : public testing::Test {
 protected:
  void put(const std::string& file, std::string_view text) const {
    const std::filesystem::path path = root_.path() / file;
    std::filesystem::create_directories(path.parent_path());
    write_file(path, text);
  }
  std::size_t available() const { return available_memory(root_.path()); }

  TempFolder root_;
};

TEST_F(AvailableMemory, IsTheKernelsWord) {
  put("proc/meminfo", "MemTotal:        8000 kB\nMemFree:          100 kB\nMemAvailable:    5000 kB\n");
  EXPECT_EQ(available(), 5000U * 1024);
}

TEST_F(AvailableMemory, IsWhatTheControlGroupLeaves) {
  put("proc/meminfo", "MemAvailable:    5000 kB\n");
  put("sys/fs/cgroup/memory.max", "max\n");
  put("sys/fs/cgroup/memory.current", "1000\n");
  EXPECT_EQ(available(), 5000U * 1024);
  put("sys/fs/cgroup/memory.max", "3000000\n");
  EXPECT_EQ(available(), 2999000U);
  put("sys/fs/cgroup/memory.current", "4000000\n");  // above the limit, on its way to be reclaimed
  EXPECT_EQ(available(), 0U);
}

TEST_F(AvailableMemory, KnowsTheOlderControlGroups) {
  put("proc/meminfo", "MemAvailable:    5000 kB\n");
  put("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");  // none
  put("sys/fs/cgroup/memory/memory.usage_in_bytes", "77\n");
  EXPECT_EQ(available(), 5000U * 1024);
  put("sys/fs/cgroup/memory/memory.limit_in_bytes", "1077\n");
  EXPECT_EQ(available(), 1000U);
}

TEST_F(AvailableMemory, IsTheLeastOfAllLevelsOfControlGroups) {
  put("proc/meminfo", "MemAvailable:    5000 kB\n");
  put("proc/self/cgroup", "0::/slurm/job_7/step_0\n");
  put("sys/fs/cgroup/memory.max", "max\n");
  put("sys/fs/cgroup/memory.current", "900000\n");
  put("sys/fs/cgroup/slurm/job_7/memory.max", "2000000\n");
  put("sys/fs/cgroup/slurm/job_7/memory.current", "500000\n");
  put("sys/fs/cgroup/slurm/job_7/step_0/memory.max", "max\n");
  put("sys/fs/cgroup/slurm/job_7/step_0/memory.current", "400000\n");
  EXPECT_EQ(available(), 1500000U);
  put("sys/fs/cgroup/slurm/job_7/step_0/memory.high", "1000000\n");  // the kernel slows down who takes more
  EXPECT_EQ(available(), 600000U);
}

TEST_F(AvailableMemory, CountsFilesThatNobodyUsesAsFree) {
  put("proc/meminfo", "MemAvailable:    5000 kB\n");
  put("sys/fs/cgroup/memory.max", "3000000\n");
  put("sys/fs/cgroup/memory.current", "2900000\n");
  put("sys/fs/cgroup/memory.stat", "anon 400000\nfile 2500000\ninactive_file 2400000\nactive_file 100000\n");
  EXPECT_EQ(available(), 2500000U);
}

TEST_F(AvailableMemory, KnowsTheLevelsOfTheOlderControlGroups) {
  put("proc/meminfo", "MemAvailable:    5000 kB\n");
  put("proc/self/cgroup", "9:cpu,cpuacct:/other\n4:memory:/slurm/job 7\n0::/\n");
  put("sys/fs/cgroup/memory/slurm/job 7/memory.limit_in_bytes", "1000000\n");
  put("sys/fs/cgroup/memory/slurm/job 7/memory.usage_in_bytes", "300000\n");
  put("sys/fs/cgroup/memory/slurm/job 7/memory.stat", "inactive_file 7\ntotal_inactive_file 100000\n");
  EXPECT_EQ(available(), 800000U);
}

TEST_F(AvailableMemory, OfAContainerThatSeesItsHostsNamesIsThatOfTheMount) {
  put("proc/meminfo", "MemAvailable:    5000 kB\n");
  put("proc/self/cgroup", "0::/../docker/4711\n");
  put("sys/fs/cgroup/memory.max", "1000\n");
  put("sys/fs/cgroup/memory.current", "1\n");
  EXPECT_EQ(available(), 999U);
}

TEST_F(AvailableMemory, IsNothingWhereNobodySays) {
  EXPECT_EQ(available(), 0U);
  put("proc/meminfo", "gibberish");
  EXPECT_EQ(available(), 0U);
}

TEST(AvailableMemoryHere, IsLessThanAPetabyte) {
  EXPECT_GT(available_memory(), std::size_t{1} << 20U);
  EXPECT_LT(available_memory(), std::size_t{1} << 50U);
}

}  // namespace
}  // namespace tse
