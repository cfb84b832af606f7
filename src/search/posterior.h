#pragma once

#include <Eigen/Cholesky>
#include <Eigen/Core>

namespace tse {

/// A Gaussian process of mean 0 and variance 1 given values at some points, each with noise.
class Posterior {
 public:
  /// `kernel` between the points, without the noise's variance.
  Posterior(Eigen::MatrixXd kernel, const Eigen::VectorXd& values, double noise);

  /// At a point; `row` is the kernel between the points and it.
  double mean(const Eigen::VectorXd& row) const { return row.dot(weights_); }

  /// Without noise; rounding may make it negative.
  double variance(const Eigen::VectorXd& row) const { return 1 - row.dot(factor_.solve(row)); }

  /// The log marginal likelihood of the values, but for a constant.
  double evidence(const Eigen::VectorXd& values) const;

 private:
  Eigen::LLT<Eigen::MatrixXd> factor_;
  Eigen::VectorXd weights_;
};

/// By how much a normal variable is expected to exceed the incumbent, none where it does not.
double expected_improvement(double mean, double variance, double incumbent);

}  // namespace tse
