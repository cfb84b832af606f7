#include "nu_svr.h"

#include <libsvm/svm.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <stdexcept>

#include "tse/base/parallel.h"

namespace tse {
namespace {

constexpr int kFolds = 3;

/// Kernel values of one point against all training points, as libsvm wants a kernel that is computed already: an index
/// of its own first (its "serial number", from 1), then one value per training point.
class KernelRow {
 public:
  KernelRow(const SquaredDistances& distances, int point, std::span<const int> train, double gamma, int serial) {
    nodes_.push_back({.index = 0, .value = static_cast<double>(serial)});
    for (const int other : train) {
      nodes_.push_back({.index = static_cast<int>(nodes_.size()), .value = std::exp(-gamma * distances(point, other))});
    }
    nodes_.push_back({.index = -1, .value = 0});
  }

  svm_node* nodes() { return nodes_.data(); }

 private:
  std::vector<svm_node> nodes_;
};

void say_nothing(const char* /*text*/) {}

struct FreeModel {
  void operator()(svm_model* model) const { svm_free_and_destroy_model(&model); }
};

}  // namespace

SquaredDistances::SquaredDistances(const std::vector<std::vector<double>>& points, std::size_t columns)
    : columns_(columns) {
  values_.reserve(points.size() * columns);
  for (const auto& point : points) {
    for (std::size_t column = 0; column < columns; ++column) {
      double sum = 0;
      for (std::size_t k = 0; k < point.size(); ++k) {
        const double difference = point[k] - points[column][k];
        sum += difference * difference;
      }
      values_.push_back(sum);
    }
  }
}

std::vector<double> fit_and_predict(const SquaredDistances& distances, std::span<const int> train,
                                    std::span<const double> targets, std::span<const int> test, const NuSvrDraw& draw) {
  static const bool kQuiet = [] {
    svm_set_print_string_function(say_nothing);
    return true;
  }();
  static_cast<void>(kQuiet);
  std::vector<KernelRow> rows;
  std::vector<svm_node*> nodes;
  rows.reserve(train.size());
  for (const int point : train) {
    rows.emplace_back(distances, point, train, draw.gamma, static_cast<int>(rows.size()) + 1);
    nodes.push_back(rows.back().nodes());
  }
  std::vector<double> y(targets.begin(), targets.end());
  const svm_problem problem{.l = static_cast<int>(train.size()), .y = y.data(), .x = nodes.data()};
  svm_parameter parameter{};
  parameter.svm_type = NU_SVR;
  parameter.kernel_type = PRECOMPUTED;
  parameter.C = draw.c;
  parameter.nu = draw.nu;
  parameter.cache_size = 16;  // megabytes: more than the whole kernel
  parameter.eps = 1e-3;
  parameter.shrinking = 1;
  if (const char* wrong = svm_check_parameter(&problem, &parameter)) throw std::logic_error(wrong);
  const std::unique_ptr<svm_model, FreeModel> model(svm_train(&problem, &parameter));
  std::vector<double> predictions;
  for (const int point : test)
    predictions.push_back(svm_predict(model.get(), KernelRow(distances, point, train, draw.gamma, 0).nodes()));
  return predictions;
}

double determination(std::span<const double> targets, std::span<const double> predictions) {
  const double mean = std::accumulate(targets.begin(), targets.end(), 0.0) / static_cast<double>(targets.size());
  double residual = 0;
  double total = 0;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    residual += (targets[i] - predictions[i]) * (targets[i] - predictions[i]);
    total += (targets[i] - mean) * (targets[i] - mean);
  }
  if (total == 0) return residual == 0 ? 1 : 0;
  return 1 - residual / total;
}

std::size_t best_draw(const SquaredDistances& distances, std::span<const int> train, std::span<const double> targets,
                      std::span<const NuSvrDraw> draws, int threads) {
  const std::size_t n = train.size();
  std::vector<double> quality(draws.size());
  parallel(static_cast<int>(draws.size()), threads, [&](int index) {
    const auto draw = static_cast<std::size_t>(index);
    double sum = 0;
    for (std::size_t fold = 0, first = 0; fold < kFolds; ++fold) {
      const std::size_t length = n / kFolds + (fold < n % kFolds ? 1 : 0);
      std::vector<int> rest(train.begin(), train.end());
      std::vector<double> rest_targets(targets.begin(), targets.end());
      const auto begin = static_cast<std::ptrdiff_t>(first);
      const auto end = static_cast<std::ptrdiff_t>(first + length);
      rest.erase(rest.begin() + begin, rest.begin() + end);
      rest_targets.erase(rest_targets.begin() + begin, rest_targets.begin() + end);
      sum += determination(targets.subspan(first, length),
                           fit_and_predict(distances, rest, rest_targets, train.subspan(first, length), draws[draw]));
      first += length;
    }
    quality[draw] = sum / kFolds;
  });
  return static_cast<std::size_t>(std::ranges::max_element(quality) - quality.begin());
}

}  // namespace tse
