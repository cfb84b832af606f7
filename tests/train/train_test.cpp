#include "tse/train/train.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "support/temp_folder.h"
#include "tse/base/ahead.h"
#include "tse/base/error.h"
#include "tse/base/file.h"
#include "tse/base/write.h"
#include "tse/data/data.h"
#include "tse/train/batches.h"
#include "tse/trial/checkpoint.h"

namespace tse {
namespace {

constexpr const char* kCell = "|nor_conv_3x3~0|+|none~0|avg_pool_3x3~1|+|skip_connect~0|none~1|nor_conv_1x1~2|";

const DataSet& images() {
  static const DataSet data = make_data("synthetic:classes=4,size=8,train_images=200,test_images=40,seed=1")->load(0.5);
  return data;
}

Job make_job() {
  Job job{.number = 0, .space = "nb201:channels=4,cells=1", .arch = {kCell}, .data = images().spec, .seed = 11};
  job.recipe.batch = 32;
  job.recipe.schedule_epochs = 3;
  job.budget.epochs = 3;
  job.budget.valid_every = 1;
  job.budget.test_at_end = true;
  return job;
}

/// All that must not depend on interruptions.
void expect_same_numbers(const Trace& a, const Trace& b) {
  EXPECT_EQ(a.status, b.status);
  EXPECT_EQ(a.step_loss, b.step_loss);
  EXPECT_EQ(a.evaluations, b.evaluations);
  EXPECT_EQ(a.images, b.images);
}

TEST(Train, RecordsEveryStepAndEvaluation) {
  const Trace trace = train(make_job(), images(), {});
  EXPECT_EQ(trace.status, TraceStatus::ok);
  EXPECT_EQ(trace.train_images, 100);
  EXPECT_EQ(trace.step_loss.size(), 12U);  // 3 epochs of 32 + 32 + 32 + 4 images
  EXPECT_EQ(trace.images, 300);
  ASSERT_EQ(trace.evaluations.size(), 4U);
  EXPECT_EQ(trace.evaluations[2].split, "valid");
  EXPECT_EQ(trace.evaluations[3].split, "test");
  EXPECT_EQ(trace.evaluations[3].epoch, 3);
  EXPECT_GT(trace.seconds, 0);
}

TEST(Train, RefusesALastBatchOfOneValuePerChannelOnEveryPath) {
  const DataSet data = make_data("synthetic:classes=2,size=4,train_images=65,test_images=8,seed=1,train=65")->load(0);
  for (const char* path : {"auto", "reference"}) {
    Job job{.number = 0, .space = "nb201:channels=4,cells=1", .arch = {kCell}, .data = data.spec, .seed = 11};
    job.engine.path = path;
    job.recipe.batch = 32;  // 32 + 32 + 1, and four by four pixels halve twice
    try {
      train(job, data, {});
      ADD_FAILURE() << path;
    } catch (const UsageError& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr("sees it as 1x1")) << path;
    }
    job.recipe.batch = 33;
    EXPECT_EQ(train(job, data, {}).status, TraceStatus::ok) << path;
  }
}

TEST(Train, TakesAStepInParts) {
  Job job = make_job();
  job.budget.epochs = 1;
  const Trace whole = train(job, images(), {});
  job.recipe.micro_batch = 32;  // a whole step
  expect_same_numbers(train(job, images(), {}), whole);
  job.recipe.micro_batch = 16;
  const Trace halves = train(job, images(), {});
  EXPECT_EQ(halves.status, TraceStatus::ok);
  EXPECT_EQ(halves.images, whole.images);
  EXPECT_NE(halves.step_loss.front(), whole.step_loss.front());  // batch norm saw 16 images
  EXPECT_NEAR(halves.step_loss.front(), whole.step_loss.front(), 0.2);
  // the rest of an epoch is cut as its own size says: 3 images are one part of at most 3
  job.recipe.batch = 4;
  job.recipe.micro_batch = 3;
  const DataSet three = make_data("synthetic:classes=2,size=4,train_images=11,test_images=8,seed=1,train=11")->load(0);
  for (const char* path : {"auto", "reference"}) {
    job.engine.path = path;
    EXPECT_EQ(train(job, three, {}).status, TraceStatus::ok) << path;
  }
  job.engine.path = "auto";
  job.recipe.batch = 32;
  job.recipe.micro_batch = 1;
  try {
    train(job, make_data("synthetic:classes=2,size=4,train_images=64,test_images=8,seed=1,train=64")->load(0), {});
    ADD_FAILURE();
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("--micro-batch"));
  }
}

// A thousand images: of a hundred it learns what the seed and the processor's rounding make of them.
TEST(Train, LearnsSyntheticImages) {
  const DataSet data = make_data("synthetic:classes=4,size=8,train_images=2000,test_images=400,seed=1")->load(0.5);
  Job job = make_job();
  job.data = data.spec;
  job.recipe.schedule_epochs = job.budget.epochs = 20;
  job.budget.valid_every = 0;
  const Trace trace = train(job, data, {});
  const std::vector<double> losses = epoch_losses(trace);
  EXPECT_LT(losses.back(), 0.2 * losses.front());
  EXPECT_GT(trace.evaluations.back().accuracy, 0.95);  // four classes: a quarter by chance
}

TEST(Train, DependsOnTheSeedAlone) {
  const Trace once = train(make_job(), images(), {});
  expect_same_numbers(train(make_job(), images(), {}), once);
  Job other = make_job();
  other.seed = 12;
  EXPECT_NE(train(other, images(), {}).step_loss, once.step_loss);
}

/// Stopped after any number of steps, with the optimiser's state and the running statistics on disk, a training ends
/// with the very numbers of one that was not.
TEST(Train, GoesOnFromItsCheckpointWithTheSameNumbers) {
  const Trace whole = train(make_job(), images(), {});
  for (int stop_after = 1; stop_after < 12; ++stop_after) {
    const TempFolder folder;
    const TrainOptions options{.checkpoint = folder.path() / "trial.ckpt"};
    TrainOptions stopped = options;
    stopped.observer = [&](const Trace& trace, std::int64_t) {
      return static_cast<int>(trace.step_loss.size()) < stop_after;
    };
    const Trace part = train(make_job(), images(), stopped);
    EXPECT_EQ(part.status, TraceStatus::running);
    EXPECT_EQ(part.step_loss.size(), static_cast<std::size_t>(stop_after));
    expect_same_numbers(train(make_job(), images(), options), whole);
  }
}

TEST(Train, StartsOverWhereTheCheckpointIsDamagedOrAnothers) {
  const Trace whole = train(make_job(), images(), {});
  const TempFolder folder;
  TrainOptions options{.checkpoint = folder.path() / "trial.ckpt"};
  options.observer = [](const Trace& trace, std::int64_t) { return trace.step_loss.size() < 5; };
  (void)train(make_job(), images(), options);
  const Bytes good = read_file(options.checkpoint, 1U << 24U);
  options.observer = {};
  Bytes flipped = good;
  flipped[flipped.size() / 2] ^= 1U;
  for (const Bytes& bad : {flipped, Bytes(good.begin(), good.begin() + 100), Bytes{}}) {
    write_file(options.checkpoint, bad);
    expect_same_numbers(train(make_job(), images(), options), whole);
  }
  write_file(options.checkpoint, good);
  Job other = make_job();
  other.seed = 12;
  expect_same_numbers(train(other, images(), options), train(other, images(), {}));
}

TEST(Train, ALossThatIsNotFiniteEndsTheTrialWithItsTrace) {
  Job job = make_job();
  job.recipe.lr = 1e30;
  const Trace trace = train(job, images(), {});
  EXPECT_EQ(trace.status, TraceStatus::diverged);
  ASSERT_FALSE(trace.step_loss.empty());
  EXPECT_FALSE(std::isfinite(trace.step_loss.back()));
  for (std::size_t i = 0; i + 1 < trace.step_loss.size(); ++i) EXPECT_TRUE(std::isfinite(trace.step_loss[i]));
  EXPECT_THAT(trace.reason, testing::HasSubstr("not finite"));
}

TEST(Train, TrainsADisconnectedCellAtChance) {
  Job job = make_job();
  job.arch = {"|none~0|+|none~0|none~1|+|none~0|none~1|none~2|"};
  const Trace trace = train(job, images(), {});
  EXPECT_EQ(trace.status, TraceStatus::ok);
  EXPECT_NEAR(trace.step_loss.front(), std::log(4.0), 0.5);
}

TEST(Train, KeepsTheWeightsOfTheLastStepWhereAsked) {
  const TempFolder folder;
  const TrainOptions options{.checkpoint = folder.path() / "trial.ckpt"};
  Job job = make_job();
  job.budget.keep_weights = true;
  const Trace trace = train(job, images(), options);
  const Checkpoint kept = decode_checkpoint(read_file(options.checkpoint, 1U << 24U), "kept");
  EXPECT_EQ(kept.trace.step_loss, trace.step_loss);
  EXPECT_TRUE(kept.tensors.contains("stem.conv.weight"));
}

TEST(TrainBatches, EveryEpochHasEveryTrainingImageOnce) {
  Recipe recipe{.batch = 32, .flip = false, .crop = 0};
  TrainBatches batches(images(), recipe, 5);
  ASSERT_EQ(batches.steps_per_epoch(), 4);
  std::vector<std::vector<std::int64_t>> orders;
  for (int epoch = 0; epoch < 2; ++epoch) {
    double sum = 0;
    std::int64_t count = 0;
    std::vector<std::int64_t> labels;
    for (int step = 0; step < 4; ++step) {
      const Batch batch = batches.at(epoch * 4 + step);
      sum += batch.images.to(torch::kDouble).sum().item<double>();
      count += batch.labels.size(0);
      for (std::int64_t i = 0; i < batch.labels.size(0); ++i) labels.push_back(batch.labels[i].item<std::int64_t>());
    }
    EXPECT_EQ(count, 100);
    // the training split is normalised by its own mean, so all of it together sums to nothing
    EXPECT_NEAR(sum / static_cast<double>(count * 3 * 8 * 8), 0, 1e-5);
    orders.push_back(labels);
  }
  EXPECT_NE(orders[0], orders[1]);
  std::ranges::sort(orders[0]);
  std::ranges::sort(orders[1]);
  EXPECT_EQ(orders[0], orders[1]);
}

TEST(TrainBatches, AnyStepCanBeMadeWithoutThoseBefore) {
  TrainBatches in_order(images(), Recipe{.batch = 32}, 5);
  std::vector<torch::Tensor> all;
  for (int step = 0; step < 8; ++step) all.push_back(in_order.at(step).images);
  TrainBatches jumping(images(), Recipe{.batch = 32}, 5);
  for (const int step : {6, 1, 7, 0, 3})
    EXPECT_TRUE(torch::equal(jumping.at(step).images, all[static_cast<std::size_t>(step)]));
}

TEST(TrainBatches, AreTheSameBitsMadeAhead) {
  const Recipe recipe{.batch = 32, .cutout = 4};
  TrainBatches plain(images(), recipe, 5);
  TrainBatches other(images(), recipe, 5);
  Ahead<Batch> ahead([&](std::int64_t step) { return other.at(step); }, 12);
  for (const int step : {0, 1, 2, 3, 4, 7, 8, 9, 2, 11, 10, 11}) {
    const Batch expected = plain.at(step);
    const Batch batch = ahead.at(step);
    EXPECT_TRUE(torch::equal(batch.images, expected.images)) << step;
    EXPECT_TRUE(torch::equal(batch.labels, expected.labels)) << step;
  }
}

}  // namespace
}  // namespace tse
