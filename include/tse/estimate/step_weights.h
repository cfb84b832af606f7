#pragma once

#include <string_view>
#include <vector>

namespace tse {

/// How much each of so many training losses in a row counts in an estimator's score, every step an epoch of its own:
/// score = -sum w_i loss_i. Ones for `tse`; ones for the last K of `tse-e:epochs=K`; decaying for `tse-ema`. What
/// differentiable search differentiates (arXiv 2006.04492, section 4.3, has `tse`). UsageError where the estimator is
/// no weighted sum of training losses with weights of 0 or more, or needs more of them than there are.
std::vector<double> step_weights(std::string_view estimator, int steps);

}  // namespace tse
