#include "posterior.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tse {
namespace {

double normal_density(double z) { return std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi); }
double normal_distribution(double z) { return std::erfc(-z / std::numbers::sqrt2) / 2; }

}  // namespace

Posterior::Posterior(Eigen::MatrixXd kernel, const Eigen::VectorXd& values, double noise) {
  kernel.diagonal().array() += noise;
  factor_.compute(kernel);
  weights_ = factor_.solve(values);
}

double Posterior::evidence(const Eigen::VectorXd& values) const {
  return -values.dot(weights_) / 2 - Eigen::MatrixXd(factor_.matrixL()).diagonal().array().log().sum();
}

double expected_improvement(double mean, double variance, double incumbent) {
  const double deviation = std::sqrt(std::max(variance, 1e-12));
  const double z = (mean - incumbent) / deviation;
  return deviation * (z * normal_distribution(z) + normal_density(z));
}

}  // namespace tse
