#include "tse/search/gaussian_process.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "posterior.h"
#include "tse/rank/normal_scores.h"
#include "tse/search/wl_kernel.h"
#include "worst.h"

namespace tse {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr int kLevels = 3;                              // the deepest kernel
constexpr double kNoises[] = {1e-5, 1e-4, 1e-3, 1e-2};  // variances, of scores of variance 1
constexpr std::size_t kParents = 10;                    // whose mutations are in the pool
constexpr std::size_t kRefit = 5;                       // results after which kernel and noise are chosen anew

}  // namespace

/// The kernel's parts at the observed architectures, which grow with them, and what was chosen for it.
struct GaussianProcess::Model {
  WlDictionary dictionary;
  std::vector<WlFeatures> features;             // of the observed ones
  std::vector<MatrixXd> products{kLevels + 1};  // by level
  int levels = 1;
  double noise = kNoises[2];
  std::size_t chosen_at = 0;  // how many were observed when that was chosen

  WlFeatures features_of(const Space& space, const Arch& arch) {
    return dictionary.features(operation_graph(space.draw(arch)), kLevels);
  }

  void add(WlFeatures added) {
    features.push_back(std::move(added));
    const auto n = static_cast<Eigen::Index>(features.size());
    for (int level = 0; level <= kLevels; ++level) {
      MatrixXd& matrix = products[static_cast<std::size_t>(level)];
      matrix.conservativeResize(n, n);
      for (Eigen::Index i = 0; i < n; ++i) {
        matrix(i, n - 1) = wl_product(features[static_cast<std::size_t>(i)], features.back(), level);
        matrix(n - 1, i) = matrix(i, n - 1);
      }
    }
  }

  void remove_last(std::size_t count) {
    features.resize(features.size() - count);
    const auto n = static_cast<Eigen::Index>(features.size());
    for (MatrixXd& matrix : products) matrix.conservativeResize(n, n);
  }

  double product(const WlFeatures& a, const WlFeatures& b) const {
    double sum = 0;
    for (int level = 0; level <= levels; ++level) sum += wl_product(a, b, level);
    return sum;
  }

  MatrixXd kernel(int depth) const {
    MatrixXd sum = products[0];
    for (int level = 1; level <= depth; ++level) sum += products[static_cast<std::size_t>(level)];
    const VectorXd scale = sum.diagonal().array().rsqrt();
    return scale.asDiagonal() * sum * scale.asDiagonal();
  }

  /// At the observed ones.
  VectorXd kernel_with(const WlFeatures& point) const {
    VectorXd row(static_cast<Eigen::Index>(features.size()));
    const double own = product(point, point);
    for (std::size_t i = 0; i < features.size(); ++i)
      row[static_cast<Eigen::Index>(i)] =
          product(features[i], point) / std::sqrt(product(features[i], features[i]) * own);
    return row;
  }

  void choose(const VectorXd& values) {
    double best = -std::numeric_limits<double>::infinity();
    for (int depth = 1; depth <= kLevels; ++depth) {
      const MatrixXd matrix = kernel(depth);
      for (const double tried : kNoises) {
        const double evidence = Posterior(matrix, values, tried).evidence(values);
        if (!(evidence > best)) continue;
        best = evidence;
        levels = depth;
        noise = tried;
      }
    }
    chosen_at = features.size();
  }
};

Options GaussianProcess::Settings::options() {
  return {{"startup", &startup, "random draws before the first model", between(1, 1'000'000)},
          {"pool", &pool, "architectures that each proposal is chosen from", between(2, 1'000'000)}};
}

GaussianProcess::GaussianProcess(const Settings& settings, Domain domain, std::uint64_t seed)
    : settings_(settings),
      domain_(std::move(domain)),
      random_(derive_seed(seed, "search gp")),
      model_(std::make_unique<Model>()) {}

GaussianProcess::~GaussianProcess() = default;

std::vector<Arch> GaussianProcess::pool() {
  std::vector<const Observation*> parents;
  for (const Observation& each : told_) parents.push_back(&each);
  std::ranges::stable_sort(parents, std::ranges::greater{},
                           [](const Observation* each) { return each->scores.front(); });
  if (parents.size() > kParents) parents.resize(kParents);
  std::vector<Arch> list;
  std::set<std::string> taken = seen_;
  const auto half = static_cast<std::size_t>(settings_.pool) / 2;
  for (std::size_t i = 0; i < half; ++i) {
    const auto arch = domain_.mutated(parents[i % parents.size()]->arch, random_);
    if (arch && taken.insert(arch->text).second) list.push_back(*arch);
  }
  while (list.size() < static_cast<std::size_t>(settings_.pool)) {
    const auto arch = domain_.draw(random_, taken);
    if (!arch) break;
    taken.insert(arch->text);
    list.push_back(*arch);
  }
  return list;
}

std::optional<Arch> GaussianProcess::ask() {
  std::optional<Arch> arch;
  if (asked_++ < settings_.startup || told_.size() < 2) {
    arch = domain_.draw(random_, seen_);
  } else {
    arch = propose();
  }
  if (arch) {
    seen_.insert(arch->text);
    pending_.push_back(*arch);
  }
  return arch;
}

std::optional<Arch> GaussianProcess::propose() {
  const std::vector<Arch> candidates = pool();
  if (candidates.empty()) return std::nullopt;
  std::vector<double> scores;
  for (const Observation& each : told_) scores.push_back(each.scores.front());
  const std::vector<double> list = normal_scores(scores);
  VectorXd values = Eigen::Map<const VectorXd>(list.data(), static_cast<Eigen::Index>(list.size()));
  if (model_->chosen_at == 0 || told_.size() >= model_->chosen_at + kRefit) model_->choose(values);
  const MatrixXd kernel = model_->kernel(model_->levels);
  const Posterior observed(kernel, values, model_->noise);

  // the incumbent: what was observed where the mean is best
  Eigen::Index best = 0;
  for (Eigen::Index i = 1; i < kernel.cols(); ++i) {
    if (observed.mean(kernel.col(i)) > observed.mean(kernel.col(best))) best = i;
  }
  const double incumbent = values[best];

  for (const Arch& arch : pending_) {
    const WlFeatures point = model_->features_of(domain_.space(), arch);
    const double mean = observed.mean(model_->kernel_with(point).head(kernel.cols()));
    model_->add(point);
    values.conservativeResize(values.size() + 1);
    values[values.size() - 1] = mean;
  }
  const Posterior posterior(model_->kernel(model_->levels), values, model_->noise);

  const Arch* chosen = nullptr;
  std::pair<double, double> highest;
  for (const Arch& arch : candidates) {
    const VectorXd row = model_->kernel_with(model_->features_of(domain_.space(), arch));
    const double mean = posterior.mean(row);
    const double improvement = expected_improvement(mean, posterior.variance(row), incumbent);
    if (chosen == nullptr || std::pair(improvement, mean) > highest) {
      chosen = &arch;
      highest = {improvement, mean};
    }
  }
  model_->remove_last(pending_.size());
  return *chosen;
}

void GaussianProcess::tell(const Observation& told) {
  told_.push_back(without_nan(told));
  std::erase_if(pending_, [&](const Arch& arch) { return arch == told.arch; });
  model_->add(model_->features_of(domain_.space(), told.arch));
}

}  // namespace tse
