#include "tse/trial/job.h"

#include "tse/base/error.h"
#include "tse/trial/relaxation.h"

namespace tse {
namespace {

Scoring scoring_from_json(const Json& object, std::string_view place) {
  Scoring scoring{.images_seed = member<std::uint64_t>(object, "images_seed", place)};
  if (object.contains("then_trains")) scoring.then_trains = member<bool>(object, "then_trains", place);
  for (const Json& item : member<Json>(object, "scores", place)) {
    if (!item.is_string()) throw DataError(place, "expected 'scores' to be an array of texts");
    scoring.scores.push_back(item.get<std::string>());
  }
  return scoring;
}

Json early_stop_json(const EarlyStop& stop) {
  Json rungs = Json::array();
  for (const EarlyStop::Rung& rung : stop.rungs) rungs.push_back({{"epochs", rung.epochs}, {"least", rung.least}});
  Json object = {{"estimator", stop.estimator}, {"rungs", std::move(rungs)}};
  if (stop.race) object["race"] = *stop.race;
  return object;
}

Json one_shot_json(const OneShot& one_shot) {
  if (one_shot.is_supernet()) return {{"sampler", one_shot.sampler}, {"decay_unused", one_shot.decay_unused}};
  Json object = {{"batches", one_shot.batches}};
  if (one_shot.supernet) object["supernet"] = *one_shot.supernet;
  if (!one_shot.file.empty()) object["file"] = one_shot.file;
  return object;
}

OneShot one_shot_from_json(const Json& object, std::string_view place) {
  OneShot one_shot;
  if (object.contains("sampler")) {
    one_shot.sampler = member<std::string>(object, "sampler", place);
    one_shot.decay_unused = member<bool>(object, "decay_unused", place);
    if (!one_shot.is_supernet()) throw DataError(place, "expected 'sampler' to name one; it is empty");
    return one_shot;
  }
  one_shot.batches = member<int>(object, "batches", place);
  if (one_shot.batches < 1) throw DataError(place, "expected 'batches' of 1 or more; got {}", one_shot.batches);
  if (object.contains("supernet")) one_shot.supernet = member<int>(object, "supernet", place);
  if (object.contains("file")) one_shot.file = member<std::string>(object, "file", place);
  if (one_shot.supernet.has_value() == !one_shot.file.empty())
    throw DataError(place, "expected either 'supernet' or 'file' of a candidate");
  return one_shot;
}

/// Options that recipes did not have from the first version on: they are left out where they are the default, and taken
/// for it where a study lacks them.
constexpr const char* kLaterRecipeOptions[] = {"micro_batch", "clip", "mixup", "label_smoothing", "resized_crop"};

Json recipe_json(Recipe recipe) {
  Json object = to_json(recipe.options());
  Recipe plain;
  const Json defaults = to_json(plain.options());
  for (const char* name : kLaterRecipeOptions)
    if (object.at(name) == defaults.at(name)) object.erase(name);
  return object;
}

void read_recipe(Recipe& recipe, Json object, std::string_view place) {
  Recipe plain;
  const Json defaults = to_json(plain.options());
  for (const char* name : kLaterRecipeOptions)
    if (object.is_object() && !object.contains(name)) object[name] = defaults.at(name);
  assign(recipe.options(), object, place);
}

EarlyStop early_stop_from_json(const Json& object, std::string_view place) {
  EarlyStop stop{.estimator = member<std::string>(object, "estimator", place)};
  for (const Json& rung : member<Json>(object, "rungs", place))
    stop.rungs.push_back({.epochs = member<int>(rung, "epochs", place), .least = member<double>(rung, "least", place)});
  if (object.contains("race")) stop.race = member<double>(object, "race", place);
  return stop;
}

}  // namespace

Options Budget::options() {
  return {
      {"epochs", &epochs, "how long to train, epochs", between(1, 1000000)},
      {"valid_every", &valid_every, "evaluate the validation split every so many epochs, 0 is never",
       between(0, 1000000)},
      {"test_every", &test_every, "evaluate the test set every so many epochs, 0 is never", between(0, 1000000)},
      {"test_at_end", &test_at_end, "evaluate the test set after the last epoch", {}},
      {"keep_weights", &keep_weights, "keep the checkpoint of the last step", {}},
      {"checkpoint_seconds", &checkpoint_seconds, "seconds between checkpoints, 0 is every step", between(0, 86400)},
  };
}

namespace {

std::vector<std::string> devices() {
  constexpr int kMostGpus = 8;
  std::vector<std::string> names = {"auto", "cpu", "cuda"};
  for (int gpu = 0; gpu < kMostGpus; ++gpu) names.push_back("cuda:" + std::to_string(gpu));
  return names;
}

}  // namespace

Options Engine::options() {
  return {
      {"precision", &precision,
       "number format of activations and convolutions; tf32, on a GPU, rounds the factors of products alone",
       one_of({"fp32", "bf16", "tf32"})},
      {"path", &path, "implementation of the networks; auto is fast where that can be",
       one_of({"auto", "reference", "fast"})},
      {"device", &device, "where to train; auto is a GPU where there is one", one_of(devices())},
      {"threads", &threads, "threads of one worker", between(1, 1024)},
  };
}

int steps_between_looks(int steps_per_epoch) {
  constexpr int kLooks = 10;  // within an epoch
  return std::max(1, steps_per_epoch / kLooks);
}

Json to_json(const Job& job) {
  Job copy = job;  // options() points into the object it is asked of
  Json object = {{"number", job.number},
                 {"space", job.space},
                 {"arch", job.arch.text},
                 {"data", job.data},
                 {"seed", job.seed},
                 {"recipe", recipe_json(job.recipe)},
                 {"budget", to_json(copy.budget.options())},
                 {"engine", to_json(copy.engine.options())}};
  if (job.scoring) {
    Json& scoring = object["scoring"];
    scoring = {{"scores", job.scoring->scores}, {"images_seed", job.scoring->images_seed}};
    if (job.scoring->then_trains) scoring["then_trains"] = true;
  }
  if (job.same_as) object["same_as"] = *job.same_as;
  if (job.early_stop) object["early_stop"] = early_stop_json(*job.early_stop);
  if (job.one_shot) object["one_shot"] = one_shot_json(*job.one_shot);
  if (job.relaxed) object["relaxed"] = {{"method", job.relaxed->method}};
  return object;
}

Job job_from_json(const Json& object, std::string_view place) {
  Job job{.number = member<int>(object, "number", place),
          .space = member<std::string>(object, "space", place),
          .arch = {member<std::string>(object, "arch", place)},
          .data = member<std::string>(object, "data", place),
          .seed = member<std::uint64_t>(object, "seed", place),
          .recipe = {},
          .budget = {},
          .engine = {},
          .scoring = {},
          .same_as = {},
          .early_stop = {},
          .one_shot = {},
          .relaxed = {}};
  if (object.contains("scoring")) job.scoring = scoring_from_json(member<Json>(object, "scoring", place), place);
  if (object.contains("same_as")) job.same_as = member<int>(object, "same_as", place);
  if (object.contains("early_stop"))
    job.early_stop = early_stop_from_json(member<Json>(object, "early_stop", place), place);
  if (object.contains("one_shot")) job.one_shot = one_shot_from_json(member<Json>(object, "one_shot", place), place);
  if (object.contains("relaxed")) {
    const Json relaxed = member<Json>(object, "relaxed", place);
    job.relaxed = {.method = member<std::string>(relaxed, "method", place)};
    try {
      (void)parse_relaxation(job.relaxed->method);
    } catch (const UsageError& error) {
      throw DataError(place, "expected a method that is known; {}", error.what());
    }
  }
  read_recipe(job.recipe, member<Json>(object, "recipe", place), place);
  assign(job.budget.options(), member<Json>(object, "budget", place), place);
  assign(job.engine.options(), member<Json>(object, "engine", place), place);
  return job;
}

}  // namespace tse
