#include "tse/trial/trace.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tse/base/error.h"
#include "tse/base/random.h"

namespace tse {
namespace {

Trace random_trace(Stream& random) {
  Trace trace;
  trace.status = parse_status(std::vector<std::string>{"running", "ok", "diverged", "failed"}[random.below(4)], "test");
  trace.reason = trace.status == TraceStatus::failed ? "killed \"twice\"\n" : "";
  trace.train_images = 1 + static_cast<int>(random.below(100));
  trace.batch = 1 + static_cast<int>(random.below(40));
  for (std::uint64_t step = random.below(200); step > 0; --step)
    trace.step_loss.push_back(std::exp(9 * random.unit() - 6));
  for (std::uint64_t n = random.below(4); n > 0; --n)
    trace.evaluations.push_back({.split = n % 2 == 0 ? "valid" : "test",
                                 .epoch = static_cast<int>(random.below(20)),
                                 .loss = random.unit(),
                                 .accuracy = random.unit()});
  trace.seconds = 1000 * random.unit();
  trace.images = static_cast<std::int64_t>(random.below(1ULL << 62U));
  return trace;
}

TEST(Trace, StepsOfAnEpochAndTheirImages) {
  const Trace nb201{.train_images = 25000, .batch = 256, .step_loss = {}};
  EXPECT_EQ(steps_per_epoch(nb201), 98);
  EXPECT_EQ(batch_images(nb201, 0), 256);
  EXPECT_EQ(batch_images(nb201, 96), 256);
  EXPECT_EQ(batch_images(nb201, 97), 168);
  EXPECT_EQ(batch_images(nb201, 98), 256);
  EXPECT_EQ(batch_images(nb201, 2 * 98 - 1), 168);
  EXPECT_EQ(steps_per_epoch({.train_images = 25000, .batch = 64, .step_loss = {}}), 391);
  EXPECT_EQ(steps_per_epoch({.train_images = 512, .batch = 256, .step_loss = {}}), 2);
  EXPECT_EQ(steps_per_epoch({.train_images = 5, .batch = 256, .step_loss = {}}), 1);
  EXPECT_EQ(batch_images({.train_images = 5, .batch = 256, .step_loss = {}}, 3), 5);
  EXPECT_EQ(steps_per_epoch(Trace()), 0);
  EXPECT_EQ(epochs(Trace()), 0);
}

TEST(Trace, EpochLossesAreTheMeansOverImages) {
  Stream random(1);
  for (int i = 0; i < 300; ++i) {
    const Trace trace = random_trace(random);
    // every image of every step by itself, one after the other
    std::vector<double> image_losses;
    std::size_t step = 0;
    int images_left = trace.train_images;
    while (step < trace.step_loss.size()) {
      const int images = std::min(trace.batch, images_left);
      image_losses.insert(image_losses.end(), static_cast<std::size_t>(images), trace.step_loss[step++]);
      images_left = images_left == images ? trace.train_images : images_left - images;
    }
    std::vector<double> expected;
    const auto epoch_size = static_cast<std::size_t>(trace.train_images);
    for (std::size_t first = 0; first + epoch_size <= image_losses.size(); first += epoch_size) {
      double sum = 0;
      for (std::size_t image = first; image < first + epoch_size; ++image) sum += image_losses[image];
      expected.push_back(sum / trace.train_images);
    }
    const auto means = epoch_losses(trace);
    ASSERT_EQ(means.size(), expected.size());
    EXPECT_EQ(epochs(trace), static_cast<int>(expected.size()));
    for (std::size_t t = 0; t < means.size(); ++t) EXPECT_NEAR(means[t], expected[t], 1e-11 * expected[t]);
  }
}

TEST(Trace, EvaluationCurveHasHolesWhereNothingWasMeasured) {
  Trace trace;
  trace.evaluations = {{"valid", 1, 2.0, 0.3}, {"test", 2, 1.9, 0.35}, {"valid", 3, 1.5, 0.5}, {"valid", 0, 2.3, 0.1}};
  const auto loss = evaluation_curve(trace, "valid", "loss");
  ASSERT_EQ(loss.size(), 3U);
  EXPECT_EQ(loss[0], 2.0);
  EXPECT_TRUE(std::isnan(loss[1]));
  EXPECT_EQ(loss[2], 1.5);
  EXPECT_EQ(evaluation_curve(trace, "test", "accuracy").back(), 0.35);
  EXPECT_TRUE(evaluation_curve(Trace(), "valid", "loss").empty());
}

TEST(Trace, RoundTripsThroughJson) {
  Stream random(2);
  for (int i = 0; i < 300; ++i) {
    const Trace trace = random_trace(random);
    EXPECT_EQ(trace_from_json(parse_json(to_json(trace).dump(), "test"), "test"), trace);
  }
}

TEST(Trace, ALossThatIsNotFiniteComesBackAsNaN) {
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    const Trace trace{.status = TraceStatus::diverged, .train_images = 2, .batch = 1, .step_loss = {2.5, bad}};
    const Trace back = trace_from_json(parse_json(to_json(trace).dump(), "test"), "test");
    ASSERT_EQ(back.step_loss.size(), 2U);
    EXPECT_EQ(back.step_loss[0], 2.5);
    EXPECT_TRUE(std::isnan(back.step_loss[1]));
  }
}

TEST(Trace, RefusesForeignJson) {
  Stream random(3);
  Trace trace = random_trace(random);
  trace.evaluations = {{"valid", 1, 2.0, 0.3}};
  const Json whole = to_json(trace);
  for (const auto& item : whole.items()) {
    Json object = whole;
    object.erase(item.key());
    EXPECT_THROW(trace_from_json(object, "test"), DataError) << item.key();
    object[item.key()] = Json::object();
    EXPECT_THROW(trace_from_json(object, "test"), DataError) << item.key();
  }
  const std::pair<const char*, Json> bad[] = {
      {"status", "fine"},
      {"train_images", -1},
      {"batch", -1},
      {"batch", 1ULL << 40U},
      {"step_loss", {"a"}},
      {"evaluations", nullptr},
      {"evaluations", {1}},
      {"images", 1.5},
      {"evaluations", Json::object()},
      {"evaluations", {{{"split", "valid"}, {"epoch", 2000000}, {"loss", 1}, {"accuracy", 1}}}},
      {"evaluations", {{{"split", "valid"}, {"epoch", -1}, {"loss", 1}, {"accuracy", 1}}}},
  };
  for (const auto& [key, value] : bad) {
    Json object = whole;
    object[key] = value;
    EXPECT_THROW(trace_from_json(object, "test"), DataError) << key << " " << value;
  }
  EXPECT_THROW(trace_from_json(Json::array(), "test"), DataError);
}

}  // namespace
}  // namespace tse
