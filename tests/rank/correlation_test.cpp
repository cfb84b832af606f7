#include "tse/rank/correlation.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <stdexcept>

#include "tse/base/csv.h"
#include "tse/base/file.h"
#include "tse/base/json.h"
#include "tse/base/random.h"

namespace tse {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Json expected_numbers() {
  const auto bytes = read_file(std::string(TSE_SOURCE) + "/tests/rank/expected_correlations.json", 1U << 20U);
  return parse_json(as_text(bytes), "expected_correlations.json");
}

/// Ranks by counting, for every item anew.
std::vector<double> ranks_reference(const std::vector<double>& values) {
  std::vector<double> result;
  for (const double value : values) {
    const auto below = std::ranges::count_if(values, [&](double other) { return other < value; });
    const auto equal = std::ranges::count(values, value);
    result.push_back(static_cast<double>(below) + (static_cast<double>(equal) + 1) / 2);
  }
  return result;
}

/// Pearson's correlation of the ranks.
double spearman_reference(const std::vector<double>& x, const std::vector<double>& y) {
  const std::vector<double> a = ranks_reference(x);
  const std::vector<double> b = ranks_reference(y);
  const double mean = (static_cast<double>(x.size()) + 1) / 2;
  double covariance = 0;
  double a_variance = 0;
  double b_variance = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    covariance += (a[i] - mean) * (b[i] - mean);
    a_variance += (a[i] - mean) * (a[i] - mean);
    b_variance += (b[i] - mean) * (b[i] - mean);
  }
  return covariance / std::sqrt(a_variance * b_variance);
}

/// Over all pairs, as tau-b is defined.
double kendall_reference(const std::vector<double>& x, const std::vector<double>& y) {
  double concordant = 0;
  double discordant = 0;
  double x_untied = 0;
  double y_untied = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      x_untied += x[i] != x[j];
      y_untied += y[i] != y[j];
      if (x[i] == x[j] || y[i] == y[j]) continue;
      ((x[i] < x[j]) == (y[i] < y[j]) ? concordant : discordant) += 1;
    }
  }
  return (concordant - discordant) / std::sqrt(x_untied * y_untied);
}

std::vector<double> random_values(Stream& random, std::size_t n, std::uint64_t steps) {
  std::vector<double> values;
  for (std::size_t i = 0; i < n; ++i) values.push_back(static_cast<double>(random.below(steps)) - 3);
  return values;
}

TEST(Correlation, WorkedExamples) {
  const std::vector<double> x = {1, 2, 2, 3, 5, 4};
  const std::vector<double> y = {10, 30, 20, 20, 60, 50};
  EXPECT_NEAR(spearman(x, y), 0.8676470588235294, 1e-15);
  EXPECT_NEAR(kendall(x, y), 0.7857142857142857, 1e-15);
  const std::vector<double> accuracy = {90.1, 91.2, 93.0, 88.5, 93.0};
  const std::vector<double> score = {-1.2, -0.9, -0.4, -1.1, -0.5};
  EXPECT_NEAR(spearman(accuracy, score), 0.872081599272381, 1e-15);
  EXPECT_NEAR(kendall(accuracy, score), 0.7378647873726218, 1e-15);
}

TEST(Correlation, AgreesWithScipyOnTiedVectors) {
  const Json expected = expected_numbers();
  ASSERT_GE(expected["vectors"].size(), 20U);
  for (const Json& one : expected["vectors"]) {
    const auto x = one["x"].get<std::vector<double>>();
    const auto y = one["y"].get<std::vector<double>>();
    EXPECT_NEAR(spearman(x, y), one["spearman"].get<double>(), 1e-12);
    EXPECT_NEAR(kendall(x, y), one["kendall"].get<double>(), 1e-12);
  }
}

TEST(Correlation, AgreesWithScipyOnRealTrainings) {
  const std::string folder = std::string(TSE_SHARED) + "/tables/nasbench_nlp_wikitext2/";
  if (!std::filesystem::exists(folder + "train_loss.csv")) GTEST_SKIP() << "no " << folder;
  const Csv curves = Csv::read(folder + "train_loss.csv");
  const Csv final = Csv::read(folder + "final.csv");
  ASSERT_EQ(curves.rows(), final.rows());
  const Json expected = expected_numbers();
  for (const Json& one : expected["nasbench_nlp_wikitext2"]) {
    const auto epochs = one["epochs"].get<std::size_t>();
    std::vector<double> sums;
    std::vector<double> last;
    std::vector<double> quality;
    for (std::size_t row = 0; row < curves.rows(); ++row) {
      ASSERT_EQ(curves.cell(row, 0), final.cell(row, 0));
      double sum = 0;
      for (std::size_t t = 1; t <= epochs; ++t) sum += curves.number(row, t);
      const double loss = final.number(row, final.column("test_loss"));
      if (std::isnan(sum) || std::isnan(loss)) continue;
      sums.push_back(round_for_ranking(-sum));
      last.push_back(-curves.number(row, epochs));
      quality.push_back(-loss);
    }
    EXPECT_EQ(sums.size(), one["n"].get<std::size_t>());
    EXPECT_NEAR(spearman(sums, quality), one["sum"]["spearman"].get<double>(), 1e-12);
    EXPECT_NEAR(kendall(sums, quality), one["sum"]["kendall"].get<double>(), 1e-12);
    EXPECT_NEAR(spearman(last, quality), one["last"]["spearman"].get<double>(), 1e-12);
    EXPECT_NEAR(kendall(last, quality), one["last"]["kendall"].get<double>(), 1e-12);
  }
}

/// NaN where the reference is.
void expect_same(double value, double reference) {
  if (std::isnan(reference)) {
    EXPECT_TRUE(std::isnan(value));
  } else {
    EXPECT_NEAR(value, reference, 1e-12);
  }
}

TEST(Correlation, AgreesWithCounting) {
  Stream random(1);
  for (int i = 0; i < 400; ++i) {
    const std::size_t n = 2 + random.below(40);
    const auto x = random_values(random, n, 2 + random.below(50));
    const auto y = random_values(random, n, 2 + random.below(50));
    expect_same(spearman(x, y), spearman_reference(x, y));
    expect_same(kendall(x, y), kendall_reference(x, y));
  }
}

TEST(Correlation, InvariantsOnRandomVectors) {
  Stream random(2);
  for (const auto correlation : {spearman, kendall}) {
    for (int i = 0; i < 200; ++i) {
      const std::size_t n = 5 + random.below(40);
      auto x = random_values(random, n, 20);
      auto y = random_values(random, n, 20);
      const double value = correlation(x, y);
      if (std::isnan(value)) continue;
      EXPECT_LE(std::abs(value), 1);
      EXPECT_EQ(correlation(y, x), value);
      EXPECT_EQ(correlation(x, x), 1);
      std::vector<double> grown;
      std::vector<double> negated;
      for (const double a : x) {
        grown.push_back(std::exp(a));
        negated.push_back(-a);
      }
      EXPECT_EQ(correlation(grown, y), value);
      EXPECT_EQ(correlation(negated, y), -value);
      std::vector<std::size_t> order(n);
      for (std::size_t item = 0; item < n; ++item) order[item] = item;
      random.shuffle(std::span(order));
      std::vector<double> x_shuffled;
      std::vector<double> y_shuffled;
      for (const std::size_t item : order) {
        x_shuffled.push_back(x[item]);
        y_shuffled.push_back(y[item]);
      }
      EXPECT_EQ(correlation(x_shuffled, y_shuffled), value);
    }
  }
}

TEST(Correlation, UndefinedIsNaN) {
  const std::vector<double> none;
  const std::vector<double> one = {1};
  const std::vector<double> constant = {2, 2, 2};
  const std::vector<double> rising = {1, 2, 3};
  const std::vector<double> hole = {1, std::nan(""), 3};
  for (const auto correlation : {spearman, kendall}) {
    EXPECT_TRUE(std::isnan(correlation(none, none)));
    EXPECT_TRUE(std::isnan(correlation(one, one)));
    EXPECT_TRUE(std::isnan(correlation(constant, rising)));
    EXPECT_TRUE(std::isnan(correlation(rising, constant)));
    EXPECT_TRUE(std::isnan(correlation(hole, rising)));
    EXPECT_TRUE(std::isnan(correlation(rising, hole)));
    EXPECT_THROW(correlation(rising, one), std::invalid_argument);
  }
}

TEST(Correlation, DivergedTrainingsTieAtTheBottom) {
  const std::vector<double> scores = {-kInfinity, -1, -2, -kInfinity};
  const std::vector<double> as_numbers = {-9, -1, -2, -9};
  const std::vector<double> outcome = {10, 93, 91, 11};
  EXPECT_EQ(spearman(scores, outcome), spearman(as_numbers, outcome));
  EXPECT_EQ(kendall(scores, outcome), kendall(as_numbers, outcome));
}

TEST(RoundForRanking, SumsEqualOnPaperTie) {
  EXPECT_NE(0.1 + 0.2, 0.3);
  EXPECT_EQ(round_for_ranking(0.1 + 0.2), round_for_ranking(0.3));
  EXPECT_NE(round_for_ranking(1.00000000001), round_for_ranking(1.0));
  EXPECT_EQ(round_for_ranking(1.000000000001), 1.0);
  EXPECT_EQ(round_for_ranking(-123456789012.4), -123456789012);
  EXPECT_EQ(round_for_ranking(-kInfinity), -kInfinity);
  EXPECT_TRUE(std::isnan(round_for_ranking(std::nan(""))));
}

/// The twelve digits as text, as the function was first written.
double round_reference(double value) { return std::strtod(fmt::format("{:.11e}", value).c_str(), nullptr); }

TEST(RoundForRanking, IsTheTextsNumberToTheBit) {
  Stream random(4);
  const auto check = [](double value) {
    const double rounded = round_for_ranking(value);
    EXPECT_EQ(rounded, round_reference(value)) << fmt::format("{:a}", value);
    EXPECT_EQ(std::signbit(rounded), std::signbit(value));
  };
  for (int i = 0; i < 200000; ++i) {
    const double sign = random.below(2) == 0 ? 1 : -1;
    check(sign * 200 * random.unit());                                    // as sums of losses
    check(sign * std::pow(10, 50 * random.unit() - 25));                  // of every size
    check(sign * static_cast<double>(random.below(1U << 30U)) / 1024);    // few digits
    check(sign * std::round(random.unit() * 1e6) / 1e4);                  // decimals
    check(std::bit_cast<double>(random() & ~(std::uint64_t{1} << 62U)));  // any bits below 2
  }
  // the middle between two, where only all of its digits tell; powers of ten and their neighbours
  for (int i = 0; i < 20000; ++i) check(static_cast<double>(100000000000 + random.below(900000000000)) + 0.5);
  for (int i = 0; i < 20000; ++i) check((static_cast<double>(random.below(100000000000)) + 0.5) / 1024);
  for (int exponent = -30; exponent <= 30; ++exponent) {
    const double power = std::strtod(fmt::format("1e{}", exponent).c_str(), nullptr);
    for (double value = power; value > power * (1 - 1e-15); value = std::nextafter(value, 0)) check(value);
    for (double value = power; value < power * (1 + 1e-15); value = std::nextafter(value, 2 * power)) check(value);
    check(power * (1 - 0.4e-12));
    check(power * (1 - 0.6e-12));
  }
  for (const double value : {0.0, -0.0, 5e-324, 1.7976931348623157e308, -kInfinity}) check(value);
}

TEST(OrderCodes, AreThoseOfASort) {
  Stream random(5);
  for (const std::size_t n : {1U, 2U, 40U, 511U, 512U, 3000U}) {
    for (const std::uint64_t steps : {1U, 7U, 1U << 30U}) {
      std::vector<double> values = random_values(random, n, steps);
      for (double& value : values)
        value = random.below(20) == 0 ? -kInfinity : value * (random.below(2) == 0 ? 1.0 : -1e-9);
      if (n > 3) values[1] = -0.0;
      if (n > 3) values[2] = 0.0;
      std::vector<double> distinct = values;
      std::ranges::sort(distinct);
      distinct.erase(std::ranges::unique(distinct).begin(), distinct.end());
      const auto codes = order_codes(values);
      for (std::size_t i = 0; i < n; ++i)
        ASSERT_EQ(codes[i], std::ranges::lower_bound(distinct, values[i]) - distinct.begin());
    }
  }
  EXPECT_TRUE(order_codes({}).empty());
  EXPECT_THROW(order_codes(std::vector{std::nan("")}), std::invalid_argument);
}

TEST(Correlation, AllOfNasBench201IsQuick) {
  // 15,625 items take about 2 ms in an optimised build; the bound here leaves room for debug builds, sanitizers and a
  // busy machine, and still fails for anything quadratic, which takes seconds.
  Stream random(3);
  const auto x = random_values(random, 15625, 1U << 30U);
  const auto y = random_values(random, 15625, 2000);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_LT(std::abs(spearman(x, y)), 0.05);
  EXPECT_LT(std::abs(kendall(x, y)), 0.05);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
}

}  // namespace
}  // namespace tse
