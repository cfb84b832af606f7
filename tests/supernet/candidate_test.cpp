// A super-network's training that is interrupted, and candidates that inherit from it.
#include "tse/supernet/candidate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "tse/base/error.h"
#include "tse/base/file.h"
#include "tse/data/data.h"
#include "tse/net/network.h"
#include "tse/supernet/supernet.h"
#include "tse/train/batches.h"

namespace tse {
namespace {

const DataSet& images() {
  static const DataSet data = make_data("synthetic:size=8,train_images=114,valid=44,test_images=10,seed=1")->load(0);
  return data;
}

constexpr const char* kArch = "|nor_conv_3x3~0|+|skip_connect~0|nor_conv_1x1~1|+|none~0|avg_pool_3x3~1|nor_conv_3x3~2|";

Job supernet_job(const std::string& sampler = "fair") {
  Job job{.space = "nb201:channels=4,cells=1", .arch = {"super-network"}, .data = "synthetic", .seed = 7};
  job.recipe = parse_recipe("oneshot:batch=16,schedule_epochs=2");
  job.budget = {.epochs = 2, .keep_weights = true, .checkpoint_seconds = 1000};
  job.one_shot = OneShot{.sampler = sampler};
  return job;
}

Job candidate_job(const std::string& arch = kArch) {
  Job job = supernet_job();
  job.arch = {arch};
  job.seed = 11;
  job.recipe = parse_recipe("candidate:batch=16");
  job.budget = {.epochs = 3, .valid_every = 1};
  job.one_shot = OneShot{.supernet = 0, .batches = 2};
  return job;
}

TrainOptions options(const std::filesystem::path& file, torch::ScalarType type = torch::kFloat) {
  return {.checkpoint = file, .scalar_type = type};
}

class ASuperNetwork : public testing::Test {
 protected:
  std::filesystem::path trained(torch::ScalarType type = torch::kFloat) const {
    const std::filesystem::path file = folder.path() / "trained.ckpt";
    EXPECT_EQ(train_supernet(supernet_job(), images(), options(file, type)).status, TraceStatus::ok);
    return file;
  }

  TempFolder folder;
};

/// By checkpoints at every step, with momenta and the knowledge of what was used so far.
TEST_F(ASuperNetwork, GoesOnAfterAnInterruptionWithTheSameNumbers) {
  for (const char* sampler : {"random", "fair", "multi:by=uniform"}) {
    Job job = supernet_job(sampler);
    job.budget.checkpoint_seconds = 0;
    const auto whole = folder.path() / "whole.ckpt";
    const auto parts = folder.path() / "parts.ckpt";
    std::filesystem::remove(whole);
    std::filesystem::remove(parts);
    const Trace calm = train_supernet(job, images(), options(whole));
    ASSERT_EQ(calm.step_loss.size(), 10U);
    for (int i = 0; i < 20; ++i) {
      int steps = 0;
      TrainOptions some = options(parts);
      some.observer = [&](const Trace&, std::int64_t) { return ++steps < 2; };
      if (train_supernet(job, images(), some).status == TraceStatus::ok) break;
    }
    const Checkpoint a = decode_checkpoint(read_file(whole, 1U << 26U), "whole");
    const Checkpoint b = decode_checkpoint(read_file(parts, 1U << 26U), "parts");
    EXPECT_EQ(a.trace.step_loss, b.trace.step_loss) << sampler;
    EXPECT_TRUE(a.tensors == b.tensors) << sampler;
  }
}

/// One plain step after the other, in operations of their own.
Trace by_hand(const Job& job, const MappedCheckpoint& weights) {
  const auto space = make_space(job.space);
  const Graph graph = space->sub_network(job.arch, task_of(images()), Norms::batch);
  ParameterStore store;
  store.add(graph, 1, torch::TensorOptions().dtype(torch::kDouble));
  const torch::NoGradGuard no_grad;
  const auto take = [&](const std::string& name, torch::Tensor& to) {
    const std::vector<std::uint8_t> bytes(weights.tensors.at(name).data.begin(), weights.tensors.at(name).data.end());
    to.copy_(torch::from_blob(const_cast<std::uint8_t*>(bytes.data()), to.sizes(), torch::kDouble));
  };
  for (auto& [name, tensor] : store.parameters) take(name, tensor);
  for (auto& [name, tensor] : store.buffers) take(name, tensor);
  const auto network = make_reference_network(graph, store);
  TrainBatches batches(images(), job.recipe, job.seed);
  const PixelTable table = make_pixel_table(images().normalisation);
  const auto evaluate = [&](std::span<const int> indices) {
    const Batch batch = plain_batch(images().train, indices, table);
    const torch::Tensor logits = network->forward(batch.images.to(torch::kDouble), Mode::evaluate);
    return std::pair(torch::nn::functional::cross_entropy(logits, batch.labels).item<double>(),
                     (logits.argmax(1) == batch.labels).to(torch::kDouble).mean().item<double>());
  };
  Trace trace;
  std::map<std::string, torch::Tensor> momenta;
  const auto record = [&](const char* split, int epoch, std::pair<double, double> measured) {
    trace.evaluations.push_back({.split = split, .epoch = epoch, .loss = measured.first, .accuracy = measured.second});
  };
  const std::span<const int> valid = images().split.valid;
  record("valid", 0, evaluate(valid));
  std::pair<double, double> sum;
  for (int step = 0; step < 6; ++step) {
    const Batch batch = batches.at(step);
    {
      const torch::AutoGradMode with_gradients(true);
      const torch::Tensor loss = torch::nn::functional::cross_entropy(
          network->forward(batch.images.to(torch::kDouble), Mode::train), batch.labels);
      trace.step_loss.push_back(loss.item<double>());
      loss.backward();
    }
    for (auto& [name, p] : store.parameters) {
      if (!p.grad().defined()) continue;
      const torch::Tensor d = p.grad() + 5e-4 * p;
      torch::Tensor& m = momenta[name];
      m = m.defined() ? 0.9 * m + d : d;
      p -= 0.001 * (d + 0.9 * m);
      p.mutable_grad().reset();
    }
    const std::size_t first = static_cast<std::size_t>(step) % 3 * 16;  // of 44 images three mini-batches
    const auto one = evaluate(valid.subspan(first, std::min<std::size_t>(16, 44 - first)));
    sum = {sum.first + one.first / 2, sum.second + one.second / 2};
    if (step % 2 == 0) continue;
    record(kValidBatch, (step + 1) / 2, one);
    record(kValidBatches, (step + 1) / 2, sum);
    record("valid", (step + 1) / 2, evaluate(valid));
    sum = {};
  }
  return trace;
}

TEST_F(ASuperNetwork, TrainsACandidateAsByHand) {
  const MappedCheckpoint weights = map_checkpoint(trained(torch::kDouble));
  for (const char* arch : {kArch, "|skip_connect~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|none~2|"}) {
    const Job job = candidate_job(arch);
    const Trace ours = train_candidate(job, images(), weights, options("", torch::kDouble));
    const Trace plain = by_hand(job, weights);
    EXPECT_EQ(ours.status, TraceStatus::ok);
    EXPECT_EQ(epochs(ours), 3);
    ASSERT_EQ(ours.step_loss.size(), plain.step_loss.size());
    for (std::size_t i = 0; i < plain.step_loss.size(); ++i) EXPECT_NEAR(ours.step_loss[i], plain.step_loss[i], 1e-12);
    ASSERT_EQ(ours.evaluations.size(), plain.evaluations.size());
    for (std::size_t i = 0; i < plain.evaluations.size(); ++i) {
      EXPECT_EQ(ours.evaluations[i].split, plain.evaluations[i].split);
      EXPECT_EQ(ours.evaluations[i].epoch, plain.evaluations[i].epoch);
      EXPECT_NEAR(ours.evaluations[i].loss, plain.evaluations[i].loss, 1e-12);
      EXPECT_NEAR(ours.evaluations[i].accuracy, plain.evaluations[i].accuracy, 1e-12);
    }
  }
}

TEST_F(ASuperNetwork, IsAsItWasAfterEachCandidate) {
  const std::filesystem::path file = trained();
  const Bytes before = read_file(file, 1U << 26U);
  const MappedCheckpoint weights = map_checkpoint(file);
  const Trace first = train_candidate(candidate_job(), images(), weights, options(""));
  const auto space = make_space(candidate_job().space);
  for (const Arch& arch : sample_unique(*space, 5, 2))
    train_candidate(candidate_job(arch.text), images(), weights, options(""));
  const Trace again = train_candidate(candidate_job(), images(), weights, options(""));
  EXPECT_EQ(first.step_loss, again.step_loss);
  EXPECT_EQ(first.evaluations, again.evaluations);
  EXPECT_EQ(read_file(file, 1U << 26U), before);
}

TEST_F(ASuperNetwork, IsRefusedWhereItIsNone) {
  const std::filesystem::path file = trained();
  const MappedCheckpoint weights = map_checkpoint(file);
  Job other = candidate_job();
  other.space = "nb201:channels=8,cells=1";
  EXPECT_THAT(message_of<DataError>([&] { train_candidate(other, images(), weights, options("")); }),
              testing::HasSubstr("expected a super-network of nb201:channels=8,cells=1"));
  Checkpoint part = decode_checkpoint(read_file(file, 1U << 26U), "part");
  part.trace.status = TraceStatus::running;
  EXPECT_THAT(message_of<DataError>(
                  [&] { expect_supernet(map_checkpoint(folder.write("part.ckpt", encode(part))), part.job.space); }),
              testing::HasSubstr("trained to its end"));
  part.trace.status = TraceStatus::ok;
  part.tensors.erase("stage1.cell1.edge_1_0.nor_conv_3x3.conv.weight");
  const MappedCheckpoint lacking = map_checkpoint(folder.write("lacking.ckpt", encode(part)));
  EXPECT_THAT(message_of<DataError>([&] { train_candidate(candidate_job(), images(), lacking, options("")); }),
              testing::HasSubstr("'stage1.cell1.edge_1_0.nor_conv_3x3.conv.weight'"));
  part.job.one_shot.reset();
  EXPECT_THAT(message_of<DataError>(
                  [&] { expect_supernet(map_checkpoint(folder.write("plain.ckpt", encode(part))), part.job.space); }),
              testing::HasSubstr("expected a super-network's weights"));
}

}  // namespace
}  // namespace tse
