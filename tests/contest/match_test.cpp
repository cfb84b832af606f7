// What `tse bench ops` compares computes the same numbers.

#include "contest/match.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tse::bench {
namespace {

constexpr int kBatch = 6;  // blocks of four images, and of two

constexpr double kTimes = 8;

/// Those that have plain ops to compare with.
const std::vector<Match>& all_matches() {
  static const std::vector<Match> all = [] {
    std::vector<Match> list = matches(kBatch);
    std::erase_if(list, [](const Match& match) { return !match.plain; });
    return list;
  }();
  return all;
}

double largest(const torch::Tensor& values) { return values.abs().max().item<double>(); }

class Matches : public testing::TestWithParam<std::size_t> {};

// The plain ops in float64 are the truth. What the plain ops in fp32, in the worse layout, are away from it is what
// rounding does to this op, with a unit in the last place of the largest number as the least; numbers are near one to
// begin with. A kernel may be kTimes as far: a thousand additions in a row cost the variance 4e-7. bf16 keeps eight
// bits of every result and of what lies between.
TEST_P(Matches, AllSidesComputeTheSame) {
  const Match& match = all_matches().at(GetParam());
  const auto results = [](const std::unique_ptr<Side>& side) {
    side->run();
    return side->results();
  };
  const auto exact = results(match.plain({.type = torch::kDouble}));
  ASSERT_FALSE(exact.empty());
  std::map<std::string, std::vector<double>> distances;  // from the truth
  for (const std::string& name : side_names(match)) {
    const auto actual = results(make_side(match, name));
    ASSERT_EQ(actual.size(), exact.size()) << name;
    for (std::size_t i = 0; i < exact.size(); ++i) {
      ASSERT_EQ(actual[i].numel(), exact[i].numel()) << name;
      distances[name].push_back(largest(actual[i].reshape(exact[i].sizes()) - exact[i]));
    }
  }
  for (std::size_t i = 0; i < exact.size(); ++i) {
    const double scale = std::max(largest(exact[i]), 1.0);
    double rounding = distances.at("plain")[i];
    if (match.in_layouts) rounding = std::max(rounding, distances.at("channels-last")[i]);
    EXPECT_LE(rounding, 1e-5 * scale) << "result " << i << " of plain ops in fp32";
    EXPECT_LE(distances.at("fp32")[i], kTimes * (rounding + 0x1p-24 * scale)) << "result " << i;
    const double in_bf16 = match.in_bf16 ? distances.at("bf16")[i] : 0;
    EXPECT_LE(in_bf16, scale / 128) << "result " << i << " in bf16";
  }
}

INSTANTIATE_TEST_SUITE_P(All, Matches, testing::Range(std::size_t{0}, all_matches().size()), [](const auto& instance) {
  std::string name = all_matches().at(instance.param).op + "_" + all_matches().at(instance.param).on;
  std::ranges::replace_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
});

}  // namespace
}  // namespace tse::bench
