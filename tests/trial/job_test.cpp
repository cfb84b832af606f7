#include "tse/trial/job.h"

#include <gtest/gtest.h>

#include "tse/base/error.h"
#include "tse/base/random.h"

namespace tse {
namespace {

int up_to(Stream& random, int most) { return static_cast<int>(random.below(static_cast<std::uint64_t>(most) + 1)); }

Job random_job(Stream& random) {
  return {.number = up_to(random, 1000000),
          .space = "nb201:channels=" + std::to_string(1 + up_to(random, 64)),
          .arch = {"|nor_conv_3x3~0|+|\"none~0|\\|\xC3\xA9"},
          .data = "images:dir=/a\\,b,train=" + std::to_string(up_to(random, 5000)),
          .seed = random(),
          .recipe = {.lr = random.unit(),
                     .momentum = 0.99 * random.unit(),
                     .nesterov = random.below(2) == 0,
                     .weight_decay = random.unit() * 1e-3,
                     .clip = random.below(2) == 0 ? 0 : random.unit(),
                     .batch = 1 + up_to(random, 1000),
                     .micro_batch = up_to(random, 3),
                     .schedule_epochs = 1 + up_to(random, 300),
                     .schedule = random.below(2) == 0 ? "cosine" : "constant",
                     .lr_min = random.unit() * 1e-4,
                     .warmup_epochs = random.unit() * 5,
                     .resized_crop = random.below(2) == 0 ? 0 : random.unit(),
                     .flip = random.below(2) == 0,
                     .crop = up_to(random, 8),
                     .cutout = up_to(random, 16),
                     .valid_fraction = 0.9 * random.unit()},
          .budget = {.epochs = 1 + up_to(random, 200),
                     .valid_every = up_to(random, 3),
                     .test_every = up_to(random, 3),
                     .test_at_end = random.below(2) == 0,
                     .checkpoint_seconds = up_to(random, 100)},
          .engine = {
              .precision = "fp32", .device = random.below(2) == 0 ? "cpu" : "cuda", .threads = 1 + up_to(random, 8)}};
}

TEST(Job, RoundTripsThroughJson) {
  Stream random(1);
  for (int i = 0; i < 300; ++i) {
    const Job job = random_job(random);
    EXPECT_EQ(job_from_json(parse_json(to_json(job).dump(), "test"), "test"), job);
  }
}

/// Studies of earlier versions have recipes without the options that came later.
TEST(Job, ReadsRecipesFromBeforeTheirLaterOptions) {
  Stream random(2);
  Job job = random_job(random);
  job.recipe.clip = 0;
  job.recipe.micro_batch = 0;
  const Json plain = to_json(job);
  for (const char* later : {"clip", "micro_batch"}) EXPECT_FALSE(plain.at("recipe").contains(later)) << later;
  EXPECT_EQ(job_from_json(plain, "test"), job);
  Json lacks = plain;
  lacks["recipe"].erase("lr");
  EXPECT_THROW(job_from_json(lacks, "test"), DataError);
}

TEST(Job, OfOneShotSearchRoundTripsThroughJson) {
  Stream random(4);
  const auto round_trip = [&](const OneShot& one_shot) {
    Job job = random_job(random);
    job.one_shot = one_shot;
    EXPECT_EQ(job_from_json(parse_json(to_json(job).dump(), "test"), "test"), job);
    EXPECT_TRUE(job.trains());
  };
  round_trip({.sampler = "multi:paths=3"});
  round_trip({.sampler = "fair", .decay_unused = false});
  round_trip({.supernet = 2, .batches = 7});
  round_trip({.file = "a/b.ckpt"});
  Json object = to_json(random_job(random));
  for (const char* bad : {R"({})", R"({"batches": 5})", R"({"batches": 0, "file": "x"})", R"({"sampler": ""})",
                          R"({"batches": 5, "file": "x", "supernet": 1})", R"([])", R"({"sampler": "fair"})"}) {
    object["one_shot"] = parse_json(bad, "test");
    EXPECT_THROW((void)job_from_json(object, "test"), DataError) << bad;
  }
}

TEST(Job, OfScoresRoundTripsAndOneOfTrainingSaysNothingOfThem) {
  Stream random(2);
  Job job = random_job(random);
  EXPECT_FALSE(to_json(job).contains("scoring"));
  job.scoring = {.scores = {"synflow", "snip:parameters=all,batch=32"}, .images_seed = 18446744073709551615U};
  EXPECT_EQ(job_from_json(parse_json(to_json(job).dump(), "test"), "test"), job);
  EXPECT_FALSE(job.trains());
  EXPECT_FALSE(to_json(job)["scoring"].contains("then_trains"));  // as older versions wrote it
  job.scoring->then_trains = true;
  EXPECT_TRUE(job.trains());
  EXPECT_EQ(job_from_json(parse_json(to_json(job).dump(), "test"), "test"), job);
  for (const Json& bad : {Json(nullptr), Json::array(), Json(1.5), Json{{"scores", {"a"}}}, Json{{"images_seed", 1}},
                          Json{{"scores", {1}}, {"images_seed", 1}}, Json{{"scores", {"a"}}, {"images_seed", -1}}}) {
    Json object = to_json(job);
    object["scoring"] = bad;
    EXPECT_THROW(job_from_json(object, "test"), DataError) << bad;
  }
}

TEST(Job, RefusesForeignJson) {
  const Json whole = to_json(Job());
  EXPECT_NO_THROW(job_from_json(whole, "test"));
  for (const auto& item : whole.items()) {
    Json object = whole;
    object.erase(item.key());
    EXPECT_THROW(job_from_json(object, "test"), DataError) << item.key();
    for (const Json& bad : {Json(nullptr), Json::array(), Json(1.5)}) {
      object[item.key()] = bad;
      EXPECT_THROW(job_from_json(object, "test"), DataError) << item.key() << " " << bad;
    }
  }
  for (const char* part : {"recipe", "budget", "engine"}) {
    for (const auto& item : whole[part].items()) {
      Json object = whole;
      object[part].erase(item.key());
      EXPECT_THROW(job_from_json(object, "test"), DataError) << part << " " << item.key();
      object[part][item.key()] = "nonsense";
      EXPECT_THROW(job_from_json(object, "test"), DataError) << part << " " << item.key();
    }
  }
  Json object = whole;
  object["recipe"]["batch"] = 0;
  EXPECT_THROW(job_from_json(object, "test"), DataError);
}

}  // namespace
}  // namespace tse
