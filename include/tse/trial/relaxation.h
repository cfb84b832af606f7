#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tse/base/option.h"
#include "tse/space/norms.h"

namespace tse {

/// Differentiable search: how the weights of architectures are made and moved while the mixture of all architectures is
/// trained. Plain values that say what to do; tse/relax does it. The named methods (`relaxations`) differ in these.
struct Relaxation {
  /// Of a place's options, from the numbers a that are learned: softmax(a) (DARTS, arXiv 1806.09055), or "dirichlet",
  /// drawn from Dirichlet(elu(a) + 1) in each pass (DrNAS, arXiv 2006.10355).
  std::string weights = "softmax";

  /// Whether a follows the gradient of a summed training loss (arXiv 2006.04492, section 4.3), or that of the loss of
  /// validation images.
  bool speed = false;

  // by validation
  int order = 1;             // 2: through one step of the network's weights, by finite differences
  double difference = 0.01;  // of these, over the norm of the validation gradient

  // by speed
  std::string mode = "rollback";  // looks ahead with a as it is, moves it, and makes the same steps again (as
                                  // released); "inline": moves a after the steps (Algorithm 3)
  int steps = 100;                // K, summed; a shorter group ends an epoch
  std::string loss = "tse";       // the estimator that says how losses are weighed in the sum

  // of the mixture
  int part = 1;           // one in so many channels goes through the options (PC-DARTS, arXiv 1907.05737)
  int kept = 0;           // half way, so many options stay at each place, and twice the channels go through; 0: no half
  int warmup_epochs = 0;  // at the start, and again half way, in which only the network's weights move

  // of a and its Adam (0.5, 0.999)
  std::string regulariser = "l2";  // weight decay; "kl": of Dirichlet(elu(a) + 1) from Dirichlet(1); or "none"
  double lr = 3e-4;
  double scale = 1e-3;  // of the regulariser

  bool operator==(const Relaxation&) const = default;
};

struct RelaxationEntry {
  std::string name;
  std::string summary;
  std::string recipe;  // of the network's weights, as published
  Relaxation relaxation;
  std::vector<std::string> options;  // those that mean something to it

  /// Its options, which point into `of`.
  Options options_of(Relaxation& of) const;
};

/// darts, darts-tse, drnas, drnas-tse.
const std::vector<RelaxationEntry>& relaxations();

/// What a text names: `darts-tse:steps=50`. UsageError where it names none, or an option that its method has not.
Relaxation parse_relaxation(std::string_view text);

/// The line of the method that a text names.
const RelaxationEntry& relaxation_entry(std::string_view text);

/// What is trained before and after the options are thinned out half way. The norms are those of one-shot
/// super-networks for softmax (as the code of arXiv 2006.04492 has it), those of DARTS for Dirichlet (as DrNAS).
Mixture mixture_of(const Relaxation& relaxation, bool second_half, std::vector<std::vector<int>> kept = {});

/// The shortest text that names the same.
std::string relaxation_spec(std::string_view text);

}  // namespace tse
