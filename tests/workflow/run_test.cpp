#include "tse/workflow/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "support/temp_folder.h"
#include "tse/store/owner.h"

namespace tse {
namespace {

namespace fs = std::filesystem;

/// Begins a study of two trials, does something to it, and discards it if it is empty. Whether its file is there still.
bool is_left(const std::function<void(Store&, const fs::path&)>& meanwhile) {
  const TempFolder folder;
  const fs::path file = folder.path() / "s.tse";
  const Plan plan{.verb = "rank",
                  .space = "nb201:channels=4,cells=1",
                  .data = "synthetic:size=8",
                  .recipe = "nb201:batch=32",
                  .seed = 0,
                  .budget = {.epochs = 3},
                  .engine = {},
                  .estimators = {"tse"},
                  .truth = nullptr,
                  .step_losses = false,
                  .command_line = {"tse", "rank"},
                  .manifest = {}};
  const std::vector<Arch> archs = {{"|none~0|+|none~0|none~1|+|none~0|none~1|none~2|"},
                                   {"|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|"}};
  OpenStudy study = begin_or_open(plan, archs, file.string(), "", {});
  meanwhile(*study.store, file);
  discard_if_empty(study);
  return fs::exists(file);
}

TEST(DiscardIfEmpty, RemovesWhatHoldsNothing) {
  EXPECT_FALSE(is_left([](Store&, const fs::path&) {}));
  EXPECT_FALSE(is_left([](Store& store, const fs::path&) {
    const auto claim = store.claim(self(), 60);
    store.release(claim->lease);
  }));
}

TEST(DiscardIfEmpty, LeavesWhatTookWork) {
  EXPECT_TRUE(is_left([](Store& store, const fs::path&) {
    const auto claim = store.claim(self(), 60);
    store.heartbeat(claim->lease, {.steps = 1, .steps_total = 9});
  }));
  EXPECT_TRUE(is_left([](Store& store, const fs::path&) {
    store.claim(self(), 60);
    store.crashed(self(), 3, "it died");
  }));
  EXPECT_TRUE(is_left([](Store& store, const fs::path&) {
    const auto claim = store.claim(self(), 60);
    store.finish(claim->lease, {.status = TraceStatus::failed, .reason = "it failed"});
  }));
}

TEST(DiscardIfEmpty, LeavesWhatSomebodyPutThere) {
  EXPECT_TRUE(is_left([](Store&, const fs::path& file) {
    fs::remove(file);
    fs::copy_file("/proc/self/comm", file);
  }));
}

}  // namespace
}  // namespace tse
