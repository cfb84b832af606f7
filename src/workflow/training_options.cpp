#include "tse/workflow/training_options.h"

#include <algorithm>

#include "tse/base/path.h"
#include "tse/data/data.h"
#include "tse/space/space.h"
#include "tse/workflow/device.h"
#include "tse/workflow/manifest.h"

namespace tse {
namespace {

/// Folders in a data string are made absolute, so that the study can be resumed from anywhere.
std::string portable(const std::string& data) {
  Spec spec = parse_spec(data, "data");
  for (auto& [key, value] : spec.options) {
    if (key == "dir") value = absolute_path(value, data).string();
  }
  return make_data(to_text(spec))->spec();
}

}  // namespace

bool holds_out_images(const Plan& plan) {
  const Spec spec = parse_spec(plan.data, "data");
  const auto option = [&](const char* name) {
    return std::ranges::find_if(spec.options, [&](const auto& each) { return each.first == name; });
  };
  if (const auto valid = option("valid"); valid != spec.options.end()) return valid->second != "0";
  return option("train") == spec.options.end() && parse_recipe(plan.recipe).valid_fraction > 0;
}

void expect_held_out_images(const Plan& plan) {
  if (plan.budget.valid_every > 0 && !holds_out_images(plan))
    throw UsageError("--valid-every", "expected images to validate on; {} holds none out: add valid=N to it",
                     plan.data);
}

std::string with_option(const std::string& recipe, const std::string& key, int value) {
  Spec spec = parse_spec(recipe, "--recipe");
  if (value != 0) {
    std::erase_if(spec.options, [&](const auto& option) { return option.first == key; });
    spec.options.emplace_back(key, std::to_string(value));
  }
  return to_text(spec);
}

Options TrainingOptions::options() {
  Options all = {
      {"space", &space, "search space", {}},
      {"data",
       &data,
       "images: a name of `tse list`, its options behind a colon; a comma in a value is written \\,",
       {}},
      {"recipe", &recipe, "how to train: a name of `tse list`, its options behind a colon", {}},
      {"seed", &seed, "all random streams derive from it", {}},
      {"schedule_epochs", &schedule_epochs, "horizon of the learning-rate schedule, 0 is the recipe's",
       between(0, 1000000)},
      {"batch", &batch, "images per step, 0 is the recipe's", between(0, 65536)},
      {"micro_batch", &micro_batch,
       "images of a step at a time, for less memory; batch norm sees them alone; 0 is the recipe's", between(0, 65536)},
  };
  for (Option& option : budget.options()) all.push_back(std::move(option));
  for (Option& option : engine.options()) all.push_back(std::move(option));
  all.push_back({"workers", &workers, "processes that train, 0 is one per core", between(0, 1024)});
  all.push_back({"lanes", &lanes, "trainings at once in each worker, 0 is 8 on a GPU and 1 on a CPU", between(0, 64)});
  all.push_back({"study", &study, "file of the study; without it a new one under runs/", {}});
  all.push_back({"reuse", &reuse, "another study, whose results of the same trials need not be computed again", {}});
  all.push_back({"report", &report, "folder for the HTML report", {}});
  all.push_back({"step_losses", &step_losses, "put the loss of every step into the JSON", {}});
  return all;
}

Plan TrainingOptions::plan(const std::string& verb, const std::vector<std::string>& command_line) const {
  std::string whole = with_option(recipe, "schedule_epochs", schedule_epochs);
  whole = with_option(whole, "batch", batch);
  whole = with_option(whole, "micro_batch", micro_batch);
  parse_recipe(whole);
  Engine chosen = engine;
  chosen.device = chosen_device(engine.device);
  if (chosen.precision == "tf32" && chosen.device == "cpu")
    throw UsageError("--precision", "expected fp32 or bf16 on a CPU; tf32 is for GPUs");
  return {.verb = verb,
          .space = make_space(space)->spec(),
          .data = portable(data),
          .recipe = whole,
          .seed = seed,
          .budget = budget,
          .engine = std::move(chosen),
          .estimators = {},
          .truth = nullptr,
          .step_losses = step_losses,
          .command_line = command_line,
          .manifest = manifest()};
}

}  // namespace tse
