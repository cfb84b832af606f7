#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tse/base/option.h"
#include "tse/base/registry.h"

namespace tse {

/// The mini-batch of augmented training images that a zero-cost score looks at. Of one size, every score of a network
/// sees the same.
struct Look {
  int batch = 64;                 // images
  std::string images = "shared";  // by all networks of a study, or "own": those of the network's first training step,
                                  // another batch for each, as in the released code (rubinxin/TSE)

  Options options();
  bool operator==(const Look&) const = default;
};

/// Zero-cost scores: what is read off a network before it has trained at all (overview: Abdelfattah et al. 2021,
/// arXiv 2101.08134). Plain values that say what to compute; tse/proxy computes them. Higher is better. None depends on
/// a budget or a learning rate.
namespace zero_cost {

/// sum |w dR/dw| over the weights of convolutions and linear layers, R the sum of outputs for an image of ones, of the
/// network without batch norm and with absolute parameters (Tanaka et al. 2020, arXiv 2006.05467).
struct SynFlow {
  static constexpr const char* kName = "synflow";
  static constexpr const char* kSummary = "sum of |w dR/dw| without batch norm and data (arXiv 2006.05467)";

  Options options() { return {}; }
  bool operator==(const SynFlow&) const = default;
};

/// sum |w dL/dw|, L the mean cross entropy of the batch (Lee et al. 2019, arXiv 1810.02340).
struct Snip {
  static constexpr const char* kName = "snip";
  static constexpr const char* kSummary = "sum of |w dL/dw| over one batch (arXiv 1810.02340)";

  std::string parameters = "weights";  // of convolutions and linear layers, as published; "all" with scale, shift and
                                       // bias, as in the released code (rubinxin/TSE)
  Look look;

  Options options();
  bool operator==(const Snip&) const = default;
};

/// -sum (log(v + k) + 1/(v + k)), v the eigenvalues of the correlations between the images' rows of the Jacobian of the
/// summed outputs, k = 1e-5 (Mellor et al. 2020, arXiv 2006.04647, version 1).
struct JacCov {
  static constexpr const char* kName = "jaccov";
  static constexpr const char* kSummary = "how differently the network sees the images of a batch (arXiv 2006.04647v1)";

  std::string outputs = "classes";  // "1": of a network with one output, as in the released code (rubinxin/TSE)
  Look look;

  Options options();
  bool operator==(const JacCov&) const = default;
};

struct Params {
  static constexpr const char* kName = "params";
  static constexpr const char* kSummary = "number of learned parameters";

  Options options() { return {}; }
  bool operator==(const Params&) const = default;
};

struct Macs {
  static constexpr const char* kName = "macs";
  static constexpr const char* kSummary = "multiply-adds of one image";

  Options options() { return {}; }
  bool operator==(const Macs&) const = default;
};

}  // namespace zero_cost

using ZeroCost =
    std::variant<zero_cost::SynFlow, zero_cost::Snip, zero_cost::JacCov, zero_cost::Params, zero_cost::Macs>;

const Registry<ZeroCost>& zero_cost_scores();

/// The score that a string names: "snip:parameters=all".
ZeroCost make_zero_cost(std::string_view text);

/// The same with another batch for those that look at images, unless the string says one.
ZeroCost make_zero_cost(std::string_view text, int batch);

/// The shortest string that names it.
std::string to_text(const ZeroCost& score);

/// The images it looks at; nullptr where none.
const Look* look_of(const ZeroCost& score);

/// UsageError where one of the scores looks at more images than there are for training.
void expect_images(const std::vector<std::string>& scores, std::int64_t images);

/// Whether the string names a zero-cost score, whatever its options.
bool is_zero_cost(std::string_view text);

}  // namespace tse
