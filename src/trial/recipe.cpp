#include "tse/trial/recipe.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tse/base/error.h"

namespace tse {

Options Recipe::options() {
  return {
      {"lr", &lr, "learning rate at the first step", between(0, 1000)},
      {"momentum", &momentum, "momentum of SGD", between(0, 0.9999)},
      {"nesterov", &nesterov, "Nesterov's form of momentum", {}},
      {"weight_decay", &weight_decay, "L2 penalty on all parameters", between(0, 100)},
      {"clip", &clip, "greatest norm of a step's gradients, 0 is any", between(0, 1e9)},
      {"batch", &batch, "images per step", between(1, 65536)},
      {"micro_batch", &micro_batch, "images of a step at a time, which batch norm sees alone; 0 is all",
       between(0, 65536)},
      {"schedule_epochs", &schedule_epochs, "horizon of the learning-rate schedule, epochs", between(1, 1000000)},
      {"schedule", &schedule, "course of the learning rate", one_of({"cosine", "cosine-epochs", "steps", "constant"})},
      {"lr_min", &lr_min, "learning rate at the end of the cosine", between(0, 1000)},
      {"warmup_epochs", &warmup_epochs, "linear rise of the learning rate before the schedule, epochs",
       between(0, 1000)},
      {"resized_crop", &resized_crop, "least share of an image that a random resized crop takes, 0 is none",
       between(0, 1)},
      {"flip", &flip, "mirror half of the images", {}},
      {"crop", &crop, "zero padding before a random crop, pixels", between(0, 64)},
      {"cutout", &cutout, "side of a random square set to the mean, pixels", between(0, 1024)},
      {"mixup", &mixup, "alpha of the mixing of each image with another, 0 is off", between(0, 100)},
      {"label_smoothing", &label_smoothing, "share of the label given to all classes alike", between(0, 1)},
      {"valid_fraction", &valid_fraction,
       "of the training images held out for validation, where the data string does not say", between(0, 0.9)},
  };
}

namespace {

/// What networks of DARTS are trained by (Liu et al. 2019, arXiv 1806.09055, section 3.2); the auxiliary head and drop
/// path are options of the space.
Recipe darts_recipe() {
  return {.lr = 0.025,
          .nesterov = false,
          .weight_decay = 3e-4,
          .clip = 5,
          .batch = 96,
          .schedule_epochs = 600,
          .schedule = "cosine-epochs",
          .cutout = 16};
}

/// The same for NAS-Bench-301 (Siems et al. 2020, arXiv 2008.09777).
Recipe nb301_recipe() {
  Recipe recipe = darts_recipe();
  recipe.schedule_epochs = 100;
  recipe.lr_min = 1e-8;
  recipe.mixup = 0.2;
  recipe.valid_fraction = 0.2;
  return recipe;
}

/// 150 epochs of DARTS's recipe with what the set-ups of networks of 20 cells change (arXiv 2006.04492, Fig. 2).
Recipe figure_2_recipe(double lr, const char* schedule, int batch) {
  Recipe recipe = darts_recipe();
  recipe.schedule_epochs = 150;
  recipe.lr = lr;
  recipe.schedule = schedule;
  recipe.batch = batch;
  return recipe;
}

}  // namespace

const std::vector<RecipeEntry>& recipes() {
  static const std::vector<RecipeEntry> table = {
      {"nb201", "NAS-Bench-201's 200 epochs (arXiv 2001.00326, Table 1)", Recipe{}},
      {"nb201-12", "NAS-Bench-201's 12 epochs: the same with its own, shorter cosine", Recipe{.schedule_epochs = 12}},
      {"oneshot", "super-networks of NAS-Bench-201 (AutoDL-Projects, arXiv 2006.04492 section 4.2)",
       Recipe{.lr = 0.025, .batch = 64, .schedule_epochs = 100, .lr_min = 0.001}},
      {"drnas", "mixtures of DrNAS (arXiv 2006.10355)",
       Recipe{.lr = 0.025,
              .nesterov = false,
              .weight_decay = 3e-4,
              .clip = 5,
              .batch = 64,
              .schedule_epochs = 100,
              .schedule = "cosine-epochs",
              .lr_min = 0.001}},
      {"darts", "networks of DARTS, 600 epochs (arXiv 1806.09055, section 3.2)", darts_recipe()},
      {"nb301", "NAS-Bench-301's 100 epochs (arXiv 2008.09777)", nb301_recipe()},
      {"darts-2b", "20 cells of Fig. 2 (b) (arXiv 2006.04492)", figure_2_recipe(0.025, "cosine-epochs", 96)},
      {"darts-2c", "20 cells of Fig. 2 (c)", figure_2_recipe(0.025, "steps", 128)},
      {"darts-2d", "20 cells of Fig. 2 (d)", figure_2_recipe(0.1, "steps", 96)},
      {"randwired",
       "250 epochs of randomly wired networks on small images; our choice, as arXiv 2006.04492 does not say",
       Recipe{.nesterov = false, .batch = 64, .schedule_epochs = 250}},
      {"randwired-crop", "the same with random resized crops, for photographs as those of Flowers102",
       Recipe{.nesterov = false, .batch = 64, .schedule_epochs = 250, .resized_crop = 0.08, .crop = 0}},
      {"nds", "networks of NDS on all training images, as pycls (arXiv 1905.13214; 100 epochs, arXiv 2006.04492)",
       Recipe{.batch = 128, .schedule_epochs = 100, .schedule = "cosine-epochs", .valid_fraction = 0}},
      {"candidate", "candidates that inherit a super-network's weights (arXiv 2006.04492 section 4.2)",
       Recipe{.lr = 0.001, .batch = 64, .schedule = "constant"}},
  };
  return table;
}

Recipe parse_recipe(std::string_view text) {
  const Spec spec = parse_spec(text, "recipe");
  const auto found = std::ranges::find(recipes(), spec.name, &RecipeEntry::name);
  if (found == recipes().end()) {
    std::vector<std::string> names;
    for (const auto& entry : recipes()) names.push_back(entry.name);
    throw UsageError("recipe", "{}", unknown_name("recipe", spec.name, names));
  }
  Recipe recipe = found->recipe;
  assign(recipe.options(), spec, "recipe " + spec.name);
  return recipe;
}

int parts_of_step(int images, int micro_batch) {
  return micro_batch == 0 ? 1 : std::max(1, (images + micro_batch - 1) / micro_batch);
}

int images_at_once(const Recipe& recipe) {
  const int parts = parts_of_step(recipe.batch, recipe.micro_batch);
  return (recipe.batch + parts - 1) / parts;
}

std::string recipe_text(const Recipe& recipe) { return shortest_text("nb201", recipe); }

double learning_rate(const Recipe& recipe, long long step, int steps_per_epoch) {
  double epoch = static_cast<double>(step) / steps_per_epoch;
  if (recipe.schedule == "cosine-epochs") epoch = std::floor(epoch);
  if (epoch < recipe.warmup_epochs) return recipe.lr * epoch / recipe.warmup_epochs;
  if (recipe.schedule == "constant") return recipe.lr;
  const double done = std::min(1.0, (epoch - recipe.warmup_epochs) / recipe.schedule_epochs);
  if (recipe.schedule == "steps") return recipe.lr * (done < 0.5 ? 1 : done < 0.75 ? 0.1 : 0.01);
  return recipe.lr_min + (recipe.lr - recipe.lr_min) * (1 + std::cos(std::numbers::pi * done)) / 2;
}

double drop_path_scale(const Recipe& recipe, long long step, int steps_per_epoch) {
  const long long epoch = step / steps_per_epoch;  // from 0
  return std::min(1.0, static_cast<double>(epoch) / recipe.schedule_epochs);
}

}  // namespace tse
