#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tse/base/option.h"

namespace tse {

/// How a network is trained: optimiser, schedule, augmentation. The defaults are NAS-Bench-201's 200-epoch recipe
/// (Dong and Yang 2020, arXiv 2001.00326, Table 1): SGD with Nesterov momentum, cosine to zero, flip and crop.
struct Recipe {
  double lr = 0.1;             // at the first step, after warm-up
  double momentum = 0.9;       // of SGD
  bool nesterov = true;        // Nesterov's form of momentum
  double weight_decay = 5e-4;  // on all parameters, batch norm included
  double clip = 0;             // greatest Euclidean norm of a step's gradients together, scaled down to it; 0: any
  int batch = 256;             // images per step; the last batch of an epoch may be smaller
  int micro_batch = 0;         // of them at a time, gradients adding up; batch norm sees a part alone. 0: all at once
  int schedule_epochs = 200;   // T_end: the horizon of the learning-rate schedule
  std::string schedule = "cosine";
  double lr_min = 0.0;          // where the cosine ends
  double warmup_epochs = 0.0;   // linear from 0 to lr, before the schedule starts
  double resized_crop = 0;      // least share of an image that a random resized crop takes; 0: none
  bool flip = true;             // horizontal, with probability one half
  int crop = 4;                 // zero padding on each side before a random crop, pixels
  int cutout = 0;               // side of the square set to the mean, pixels; 0 is off
  double mixup = 0;             // alpha of Beta(alpha, alpha), which each batch draws how much of each image is another
                                // of its own from (Zhang et al. 2018, arXiv 1710.09412); 0 is off
  double label_smoothing = 0;   // share of the label that goes to all classes alike (arXiv 1512.00567, section 7)
  double valid_fraction = 0.5;  // of the training images, held out, where the data string says no `valid=`

  Options options();
  bool operator==(const Recipe&) const = default;
};

struct RecipeEntry {
  std::string name;
  std::string summary;
  Recipe recipe;
};

/// The named recipes; each is a starting point that options change: `nb201:lr=0.05,batch=128`.
const std::vector<RecipeEntry>& recipes();

Recipe parse_recipe(std::string_view text);

/// Into how many parts a step of so many images goes: the fewest of at most `micro_batch`, as even as can be.
int parts_of_step(int images, int micro_batch);

/// The most images that a network has at a time in a training step.
int images_at_once(const Recipe& recipe);

/// The shortest string that names it, as an option of `nb201`, whose values are the defaults.
std::string recipe_text(const Recipe& recipe);

/// Learning rate of a step, for `step` counted from 0 over the whole training; it changes at every step, with
/// `cosine-epochs` at every epoch, and with `steps` to a tenth at half and at three quarters of the schedule.
double learning_rate(const Recipe& recipe, long long step, int steps_per_epoch);

/// What the rates of drop paths are multiplied with at a step: the share of the schedule's epochs that are done, as in
/// DARTS (Liu et al. 2019, arXiv 1806.09055).
double drop_path_scale(const Recipe& recipe, long long step, int steps_per_epoch);

}  // namespace tse
