#include "tse/base/option.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "tse/base/error.h"
#include "tse/base/random.h"

namespace tse {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// One option of each type.
struct Sample {
  bool flip = true;
  int batch = 256;
  std::uint64_t seed = 0;
  double lr = 0.1;
  std::string schedule = "cosine";
  std::string dir = {};

  Options options() {
    return {{"flip", &flip, "mirror half of the images", {}},
            {"batch", &batch, "images per step", between(1, 4096)},
            {"seed", &seed, "of everything drawn", {}},
            {"lr", &lr, "learning rate", at_least(0)},
            {"schedule", &schedule, "course of the learning rate", one_of({"cosine", "constant"})},
            {"dir", &dir, "folder", {}}};
  }
  bool operator==(const Sample&) const = default;
};

template <class Failure>
std::string message(const std::function<void()>& call) {
  try {
    call();
  } catch (const Failure& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing was refused";
  return "";
}

TEST(Options, SetFromASpec) {
  Sample sample;
  assign(sample.options(),
         parse_spec("x:flip=off,batch=1,seed=18446744073709551615,lr=1e-3,schedule=constant,dir=/a", "x"), "x");
  EXPECT_EQ(sample, (Sample{false, 1, ~0ULL, 1e-3, "constant", "/a"}));
}

TEST(Options, RefuseWhatBreaksTheRule) {
  const std::pair<const char*, const char*> bad[] = {{"batch", "0"},
                                                     {"batch", "4097"},
                                                     {"batch", "99999999999999999999"},
                                                     {"batch", "1.5"},
                                                     {"batch", ""},
                                                     {"batch", "12x"},
                                                     {"batch", " 12"},
                                                     {"batch", "+12"},
                                                     {"seed", "-1"},
                                                     {"lr", "-0.1"},
                                                     {"lr", "nan"},
                                                     {"lr", "1e999"},
                                                     {"lr", "one"},
                                                     {"flip", "yes"},
                                                     {"flip", ""},
                                                     {"schedule", "cos"},
                                                     {"seed", "18446744073709551616"}};
  for (const auto& [name, text] : bad) {
    Sample sample;
    const std::string said = message<UsageError>([&] { assign(sample.options(), name, text, "place"); });
    EXPECT_THAT(said, AllOf(HasSubstr("[place]"), HasSubstr(name), HasSubstr(text)));
    EXPECT_EQ(sample, Sample()) << name << "=" << text << " changed something";
  }
}

TEST(Options, AMessageNamesRuleAndValue) {
  Sample sample;
  EXPECT_EQ(message<UsageError>([&] { assign(sample.options(), "batch", "0", "train"); }),
            "[train] batch must be in [1, 4096]; got '0'");
  EXPECT_EQ(message<UsageError>([&] { assign(sample.options(), "lr", "-1", "train"); }),
            "[train] lr must be at least 0; got '-1'");
  EXPECT_EQ(message<UsageError>([&] { assign(sample.options(), "schedule", "step", "train"); }),
            "[train] schedule must be one of cosine, constant; got 'step'");
  EXPECT_EQ(message<UsageError>([&] { assign(sample.options(), "seed", "18446744073709551616", "train"); }),
            "[train] seed must be in [0, 18446744073709551615]; got '18446744073709551616'");
  EXPECT_THAT(message<UsageError>([&] { assign(sample.options(), "lr", "1e-400", "train"); }),
              AllOf(HasSubstr("lr must be at least 0, and 0 or of a size from 2.2"), HasSubstr("got '1e-400'")));
}

TEST(Options, AnUnknownNameListsTheKnownAndTheNearest) {
  Sample sample;
  const std::string said = message<UsageError>([&] { assign(sample.options(), "bach", "1", "train"); });
  EXPECT_THAT(said, AllOf(HasSubstr("flip, batch, seed, lr, schedule, dir"), HasSubstr("did you mean 'batch'?")));
}

Sample random_sample(Stream& random) {
  Sample sample;
  sample.flip = random.below(2) == 0;
  sample.batch = 1 + static_cast<int>(random.below(4096));
  sample.seed = random();
  do sample.lr = std::abs(std::bit_cast<double>(random()));
  while (!std::isfinite(sample.lr));
  sample.schedule = random.below(2) == 0 ? "cosine" : "constant";
  for (std::uint64_t i = random.below(6); i > 0; --i) sample.dir += "a,\\=:\"\n"[random.below(7)];
  return sample;
}

TEST(Options, RoundTripThroughSpecAndJson) {
  Stream random(1);
  for (int i = 0; i < 2000; ++i) {
    Sample sample = random_sample(random);
    Sample from_spec;
    assign(from_spec.options(), parse_spec(shortest_text("x", sample), "x"), "x");
    EXPECT_EQ(from_spec, sample);
    Sample from_json;
    assign(from_json.options(), parse_json(to_json(sample.options()).dump(), "x"), "x");
    EXPECT_EQ(from_json, sample);
  }
}

TEST(Options, TheShortestSpecSaysOnlyWhatDiffers) {
  EXPECT_EQ(shortest_text("x", Sample{}), "x");
  EXPECT_EQ(shortest_text("x", Sample{.batch = 8}), "x:batch=8");
}

TEST(Options, FromJsonAllMustBeThereAndNoOther) {
  Sample sample;
  Json whole = to_json(sample.options());
  for (const Option& option : sample.options()) {
    Json object = whole;
    object.erase(option.name);
    EXPECT_THAT(message<DataError>([&] { assign(sample.options(), object, "study"); }), HasSubstr(option.name));
  }
  Json more = whole;
  more["nonsense"] = 1;
  EXPECT_THAT(message<DataError>([&] { assign(sample.options(), more, "study"); }), HasSubstr("nonsense"));
  for (const Json& bad : {Json(0), Json(1.5), Json("many"), Json(nullptr), Json::array(), Json::object()}) {
    Json object = whole;
    object["batch"] = bad;
    EXPECT_THROW(assign(sample.options(), object, "study"), DataError) << bad;
  }
  EXPECT_THROW(assign(sample.options(), Json(3), "study"), DataError);
}

TEST(Options, AreDescribedOnceWithDefaultAndRule) {
  Sample sample;
  const std::string text = describe(sample.options());
  EXPECT_THAT(text, HasSubstr("batch=256  images per step, in [1, 4096]\n"));
  EXPECT_THAT(text, HasSubstr("schedule=cosine  course of the learning rate, one of cosine, constant\n"));
  EXPECT_THAT(text, HasSubstr("dir=  folder\n"));
}

}  // namespace
}  // namespace tse
