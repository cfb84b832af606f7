#include "tse/study/plan.h"

#include <algorithm>
#include <functional>

#include "tse/base/error.h"
#include "tse/base/random.h"
#include "tse/base/spec.h"
#include "tse/trial/relaxation.h"

namespace tse {
namespace {

constexpr int kVersion = 1;
constexpr int kVersionOfScores = 2;   // versions of tse that know no zero-cost scores would train instead
constexpr int kVersionOfMore = 3;     // those that know no searches, or no scores of trainings, would do something else
constexpr int kVersionOfOneShot = 4;  // the same of super-networks
constexpr int kVersionOfMixtures = 5;  // and of mixtures

int version_of(const std::string& verb, bool does_more) {
  if (verb == "differentiate") return kVersionOfMixtures;
  if (verb == "oneshot") return kVersionOfOneShot;
  if (does_more) return kVersionOfMore;
  return verb == "score" ? kVersionOfScores : kVersion;
}

std::vector<std::string> texts(const Json& object, std::string_view key, std::string_view place) {
  std::vector<std::string> list;
  for (const Json& item : member<Json>(object, key, place)) {
    if (!item.is_string()) throw DataError(place, "expected '{}' to be an array of texts", key);
    list.push_back(item.get<std::string>());
  }
  return list;
}

Json search_json(const SearchPlan& search) {
  Json object = {{"algo", search.algo},
                 {"budget", search.budget},
                 {"objectives", search.objectives},
                 {"require", search.require},
                 {"window", search.window},
                 {"reuse", search.reuse},
                 {"final_epochs", search.final_epochs},
                 {"draw", search.draw},
                 {"race", search.race},
                 {"halving", search.halving},
                 {"first_rung", search.first_rung},
                 {"archs", search.archs}};
  if (!search.supernet.empty()) {
    object["supernet"] = search.supernet;
    object["batches"] = search.batches;
  }
  return object;
}

SearchPlan search_from_json(const Json& object, std::string_view place) {
  SearchPlan search{.algo = member<std::string>(object, "algo", place),
                    .budget = member<std::string>(object, "budget", place),
                    .objectives = texts(object, "objectives", place),
                    .require = member<std::string>(object, "require", place),
                    .window = member<int>(object, "window", place),
                    .reuse = member<bool>(object, "reuse", place),
                    .final_epochs = member<int>(object, "final_epochs", place),
                    .draw = member<std::string>(object, "draw", place),
                    .race = member<int>(object, "race", place),
                    .halving = member<int>(object, "halving", place),
                    .first_rung = member<int>(object, "first_rung", place),
                    .archs = texts(object, "archs", place)};
  if (object.contains("supernet")) {
    search.supernet = member<std::string>(object, "supernet", place);
    search.batches = member<int>(object, "batches", place);
    if (search.batches < 1) throw DataError(place, "expected 'batches' of 1 or more; got {}", search.batches);
  }
  if (search.window < 1) throw DataError(place, "expected 'window' of 1 or more; got {}", search.window);
  if (search.first_rung < 1) throw DataError(place, "expected 'first_rung' of 1 or more; got {}", search.first_rung);
  if (search.halving < 0 || search.halving == 1)
    throw DataError(place, "expected 'halving' of 0, or 2 and more; got {}", search.halving);
  if (search.objectives.empty()) throw DataError(place, "expected 'objectives'; there are none");
  return search;
}

Json one_shot_json(const OneShotPlan& one_shot) {
  return {{"sampler", one_shot.sampler},     {"decay_unused", one_shot.decay_unused},
          {"supernets", one_shot.supernets}, {"epochs", one_shot.epochs},
          {"recipe", one_shot.recipe},       {"batches", one_shot.batches},
          {"archs", one_shot.archs}};
}

OneShotPlan one_shot_from_json(const Json& object, std::string_view place) {
  OneShotPlan one_shot{.sampler = member<std::string>(object, "sampler", place),
                       .decay_unused = member<bool>(object, "decay_unused", place),
                       .supernets = member<int>(object, "supernets", place),
                       .epochs = member<int>(object, "epochs", place),
                       .recipe = member<std::string>(object, "recipe", place),
                       .batches = {},
                       .archs = texts(object, "archs", place)};
  for (const Json& count : member<Json>(object, "batches", place)) {
    if (!count.is_number_integer() || count.get<std::int64_t>() < 1 || count.get<std::int64_t>() > 1'000'000)
      throw DataError(place, "expected 'batches' in [1, 1000000]; got {}", count.dump());
    one_shot.batches.push_back(count.get<int>());
  }
  if (one_shot.batches.empty() || !std::ranges::is_sorted(one_shot.batches, std::ranges::less_equal{}))
    throw DataError(place, "expected 'batches' that rise");
  if (one_shot.supernets < 1 || one_shot.epochs < 1 || one_shot.archs.empty())
    throw DataError(place, "expected super-networks, epochs and candidates");
  return one_shot;
}

Json differentiate_json(const DifferentiatePlan& differentiate) {
  return {{"methods", differentiate.methods}, {"recipes", differentiate.recipes}, {"seeds", differentiate.seeds}};
}

DifferentiatePlan differentiate_from_json(const Json& object, std::string_view place) {
  DifferentiatePlan differentiate{.methods = texts(object, "methods", place),
                                  .recipes = texts(object, "recipes", place),
                                  .seeds = member<int>(object, "seeds", place)};
  if (differentiate.methods.empty() || differentiate.recipes.size() != differentiate.methods.size() ||
      differentiate.seeds < 1 || differentiate.seeds > 1000)
    throw DataError(place, "expected methods, a recipe of each, and 1 to 1000 seeds");
  try {
    for (const std::string& method : differentiate.methods) (void)parse_relaxation(method);
    for (const std::string& recipe : differentiate.recipes) (void)parse_recipe(recipe);
  } catch (const UsageError& error) {
    throw DataError(place, "expected methods and recipes that are known; {}", error.what());
  }
  return differentiate;
}

}  // namespace

bool Plan::same_as(const Plan& other) const {
  Plan mine = *this;
  mine.command_line = other.command_line;
  mine.manifest = other.manifest;
  return to_json(mine) == to_json(other);
}

Json to_json(const Plan& plan) {
  Plan copy = plan;  // options() points into the object it is asked of
  Json object = {{"version", version_of(plan.verb, plan.search || !plan.scores.empty())},
                 {"verb", plan.verb},
                 {"space", plan.space},
                 {"data", plan.data},
                 {"recipe", plan.recipe},
                 {"seed", plan.seed},
                 {"budget", to_json(copy.budget.options())},
                 {"engine", to_json(copy.engine.options())},
                 {"estimators", plan.estimators},
                 {"truth", plan.truth},
                 {"step_losses", plan.step_losses},
                 {"command_line", plan.command_line},
                 {"manifest", plan.manifest}};
  if (!plan.scores.empty()) object["scores"] = plan.scores;
  if (plan.search) object["search"] = search_json(*plan.search);
  if (plan.one_shot) object["one_shot"] = one_shot_json(*plan.one_shot);
  if (plan.differentiate) object["differentiate"] = differentiate_json(*plan.differentiate);
  return object;
}

Plan plan_from_json(const Json& object, std::string_view place) {
  const int version = member<int>(object, "version", place);
  const auto verb = member<std::string>(object, "verb", place);
  const bool searches = object.contains("search");
  const bool scores_first = object.contains("scores");
  if (version != version_of(verb, searches || scores_first))
    throw DataError(place, "expected a plan of version {}; got {}", version_of(verb, searches || scores_first),
                    version);
  Plan plan{.verb = verb,
            .space = member<std::string>(object, "space", place),
            .data = member<std::string>(object, "data", place),
            .recipe = member<std::string>(object, "recipe", place),
            .seed = member<std::uint64_t>(object, "seed", place),
            .budget = {},
            .engine = {},
            .estimators = texts(object, "estimators", place),
            .scores = scores_first ? texts(object, "scores", place) : std::vector<std::string>{},
            .truth = member<Json>(object, "truth", place),
            .step_losses = member<bool>(object, "step_losses", place),
            .search = {},
            .one_shot = {},
            .differentiate = {},
            .command_line = texts(object, "command_line", place),
            .manifest = member<Json>(object, "manifest", place)};
  if (searches) plan.search = search_from_json(member<Json>(object, "search", place), place);
  if (verb == "oneshot") plan.one_shot = one_shot_from_json(member<Json>(object, "one_shot", place), place);
  if (verb == "differentiate")
    plan.differentiate = differentiate_from_json(member<Json>(object, "differentiate", place), place);
  assign(plan.budget.options(), member<Json>(object, "budget", place), place);
  assign(plan.engine.options(), member<Json>(object, "engine", place), place);
  return plan;
}

std::string without_folder(const std::string& data) {
  Spec spec = parse_spec(data, "data");
  std::erase_if(spec.options, [](const auto& option) { return option.first == "dir"; });
  return to_text(spec);
}

Job make_job(const Plan& plan, const Arch& arch, int number) {
  const bool trains = plan.verb != "score";
  std::optional<Scoring> scoring;
  if (!trains || !plan.scores.empty()) {
    scoring = {.scores = trains ? plan.scores : plan.estimators,
               .images_seed = derive_seed(plan.seed, "images"),
               .then_trains = trains};
  }
  return {.number = number,
          .space = plan.space,
          .arch = arch,
          .data = plan.data,
          .seed = derive_seed(plan.seed, "trial", static_cast<std::uint64_t>(number)),
          .recipe = parse_recipe(plan.recipe),
          .budget = plan.budget,
          .engine = plan.engine,
          .scoring = scoring,
          .same_as = {},
          .early_stop = {},
          .one_shot = {},
          .relaxed = {}};
}

std::vector<Job> make_jobs(const Plan& plan, const std::vector<Arch>& archs) {
  std::vector<Job> jobs;
  for (const Arch& arch : archs) jobs.push_back(make_job(plan, arch, static_cast<int>(jobs.size())));
  return jobs;
}

}  // namespace tse
