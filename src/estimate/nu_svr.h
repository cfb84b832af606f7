#pragma once

#include <span>
#include <vector>

namespace tse {

/// What a nu-SVR with an RBF kernel exp(-gamma |x-y|^2) is told (Schoelkopf et al. 2000).
struct NuSvrDraw {
  double c = 1;
  double nu = 0.5;
  double gamma = 1;
};

/// A table of squared distances: of each point, the row, from each of the first `columns` points.
class SquaredDistances {
 public:
  /// One row of features for each point, all of one length.
  SquaredDistances(const std::vector<std::vector<double>>& points, std::size_t columns);

  double operator()(int point, int column) const {
    return values_[static_cast<std::size_t>(point) * columns_ + static_cast<std::size_t>(column)];
  }

 private:
  std::size_t columns_;
  std::vector<double> values_;
};

/// Fits the points `train`, which must be columns, with their targets and predicts the points `test`, by libsvm with
/// its tolerance of 1e-3.
std::vector<double> fit_and_predict(const SquaredDistances& distances, std::span<const int> train,
                                    std::span<const double> targets, std::span<const int> test, const NuSvrDraw& draw);

/// The coefficient of determination, 1 - sum (y-p)^2 / sum (y - mean y)^2; for targets that are all equal 1 where they
/// are met and else 0, as in scikit-learn.
double determination(std::span<const double> targets, std::span<const double> predictions);

/// The draw with the highest mean R^2 over three contiguous folds of `train`, the first of equal ones: its index. The
/// first folds are one longer where the points do not divide by three.
std::size_t best_draw(const SquaredDistances& distances, std::span<const int> train, std::span<const double> targets,
                      std::span<const NuSvrDraw> draws, int threads);

}  // namespace tse
