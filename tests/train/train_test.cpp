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
#include "tse/data/augment.h"
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

Job darts_job(const DataSet& data) {
  Job job{.number = 0,
          .space = "darts:channels=2,cells=3,auxiliary=0.4,drop_path=0.3",
          .arch = {"normal sep_conv_3x3:0 sep_conv_3x3:1 sep_conv_3x3:0 sep_conv_3x3:1 sep_conv_3x3:1 skip_connect:0 "
                   "skip_connect:0 dil_conv_3x3:2 reduce max_pool_3x3:0 max_pool_3x3:1 skip_connect:2 max_pool_3x3:1 "
                   "max_pool_3x3:0 skip_connect:2 skip_connect:2 max_pool_3x3:1"},
          .data = data.spec,
          .seed = 11};
  job.recipe = parse_recipe("nb301:batch=16,schedule_epochs=3,label_smoothing=0.1");
  job.budget.epochs = 3;
  job.budget.valid_every = 1;
  return job;
}

TEST(Train, RecordsTheLossOfTheOutputBesideThatWithTheAuxiliaryHead) {
  const DataSet data = make_data("synthetic:classes=4,size=32,train_images=60,test_images=8,seed=1,train=40")->load(0);
  const Job job = darts_job(data);
  const Trace trace = train(job, data, {});
  EXPECT_EQ(trace.status, TraceStatus::ok);
  ASSERT_EQ(trace.step_loss.size(), 9U);
  ASSERT_EQ(trace.output_loss.size(), 9U);
  for (std::size_t i = 0; i < 9; ++i) {
    const double auxiliary = (trace.step_loss[i] - trace.output_loss[i]) / 0.4;
    EXPECT_GT(auxiliary, 0.1) << i;
    EXPECT_LT(auxiliary, 5) << i;
  }
  Job alone = job;
  alone.space = "darts:channels=2,cells=3,drop_path=0.3";
  const Trace without = train(alone, data, {});
  EXPECT_TRUE(without.output_loss.empty());
  EXPECT_EQ(without.step_loss.front(), trace.output_loss.front());  // the head changes nothing before the first update
  // and stopped anywhere it goes on with the same numbers
  TempFolder folder;
  const TrainOptions options{.checkpoint = folder.path() / "checkpoint",
                             .observer = [](const Trace& t, std::int64_t) { return t.step_loss.size() % 4 != 0; }};
  Trace resumed;
  do {
    resumed = train(job, data, options);
  } while (resumed.status == TraceStatus::running && resumed.step_loss.size() < 8);
  resumed = train(job, data, {.checkpoint = options.checkpoint});
  expect_same_numbers(resumed, trace);
  EXPECT_EQ(resumed.output_loss, trace.output_loss);
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

TEST(TrainBatches, SmoothsLabels) {
  TrainBatches plain(images(), Recipe{.batch = 32}, 5);
  TrainBatches smooth(images(), Recipe{.batch = 32, .label_smoothing = 0.2}, 5);
  const Batch sure = plain.at(1);
  const Batch batch = smooth.at(1);
  EXPECT_TRUE(torch::equal(batch.images, sure.images));
  ASSERT_EQ(batch.labels.sizes().vec(), (std::vector<std::int64_t>{32, 4}));
  for (int i = 0; i < 32; ++i) {
    for (int k = 0; k < 4; ++k)
      EXPECT_NEAR(batch.labels[i][k].item<float>(), k == sure.labels[i].item<std::int64_t>() ? 0.85 : 0.05, 1e-6);
  }
}

/// Every image is a share of itself and the rest of another of the batch, and its label too, all by one share, which is
/// distributed as Beta(alpha, alpha): mean 1/2, variance 1/(4(2 alpha + 1)).
TEST(TrainBatches, MixesImagesAndLabelsByOneShare) {
  constexpr double kAlpha = 0.6;
  TrainBatches plain(images(), Recipe{.batch = 32}, 5);
  TrainBatches mixed(images(), Recipe{.batch = 32, .mixup = kAlpha}, 5);
  for (int step = 0; step < 3; ++step) {
    const Batch before = plain.at(step);
    const Batch batch = mixed.at(step);
    const torch::Tensor flat = before.images.flatten(1);
    double share = -1;
    for (int i = 0; i < 32; ++i) {
      EXPECT_NEAR(batch.labels[i].sum().item<float>(), 1, 1e-6);
      // the other is the one that lies on the line through this one and the mixture
      const torch::Tensor own = flat[i];
      const torch::Tensor to_mixture = batch.images[i].flatten() - own;
      if (to_mixture.norm().item<double>() < 1e-4) continue;  // the other is itself
      double best = 1e9;
      double with = 0;
      int other = i;
      for (int j = 0; j < 32; ++j) {
        const torch::Tensor direction = flat[j] - own;
        const auto length = direction.pow(2).sum().item<double>();
        const double t = length == 0 ? 0 : (direction * to_mixture).sum().item<double>() / length;
        const auto rest = (to_mixture - t * direction).norm().item<double>();
        if (rest < best) best = rest, with = t, other = j;
      }
      EXPECT_LT(best, 1e-3);
      if (other == i) continue;
      if (share < 0) share = 1 - with;
      EXPECT_NEAR(1 - with, share, 1e-4);
      torch::Tensor wanted = torch::zeros({4});
      wanted[before.labels[i].item<std::int64_t>()] += share;
      wanted[before.labels[other].item<std::int64_t>()] += 1 - share;
      EXPECT_LT((batch.labels[i] - wanted).abs().max().item<double>(), 1e-4);
    }
    EXPECT_GE(share, 0);
    EXPECT_LE(share, 1);
  }
  // the share of the first image's own label is the step's, where the other has another label
  double sum = 0;
  double squares = 0;
  int count = 0;
  for (int step = 0; step < 4000; ++step) {
    const torch::Tensor row = mixed.at(step).labels[0];
    const auto label = plain.at(step).labels[0].item<std::int64_t>();
    const auto share = row[label].item<double>();
    if (share == 1) continue;  // two of one class
    sum += share;
    squares += share * share;
    ++count;
  }
  const double mean = sum / count;
  const double variance = squares / count - mean * mean;
  const double expected = 1 / (4 * (2 * kAlpha + 1));
  EXPECT_GT(count, 2000);
  EXPECT_NEAR(mean, 0.5, 4 * std::sqrt(expected / count));
  EXPECT_NEAR(variance, expected, 0.01);
}

/// A box that becomes the image against PyTorch's bilinear interpolation, to the rounding to bytes.
TEST(Augment, StretchesABoxAsPyTorchDoes) {
  const ImageSet& set = images().train;
  const Normalisation bytes{.mean = std::vector<double>(static_cast<std::size_t>(set.channels), 0),
                            .deviation = std::vector<double>(static_cast<std::size_t>(set.channels), 1)};
  const PixelTable table = make_pixel_table(bytes);
  Stream stream(4);
  std::vector<float> out(set.image_bytes());
  for (int i = 0; i < 100; ++i) {
    const Draw drawn = draw({.resized_crop = 0.08}, set.height, set.width, stream);
    write_augmented(set, i, drawn, table, out.data());
    const auto pixels = torch::from_blob(const_cast<std::uint8_t*>(set.image(i).data()),
                                         {1, set.channels, set.height, set.width}, torch::kByte)
                            .to(torch::kDouble)
                            .slice(2, drawn.box.top, drawn.box.top + drawn.box.height)
                            .slice(3, drawn.box.left, drawn.box.left + drawn.box.width);
    namespace F = torch::nn::functional;
    const torch::Tensor expected = F::interpolate(pixels, F::InterpolateFuncOptions()
                                                              .size(std::vector<std::int64_t>{set.height, set.width})
                                                              .mode(torch::kBilinear)
                                                              .align_corners(false));
    const torch::Tensor ours = torch::from_blob(out.data(), {set.height, set.width, set.channels}).permute({2, 0, 1});
    EXPECT_LE((ours - expected[0]).abs().max().item<double>(), 0.5 + 1e-9) << i;
  }
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
