#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

#include "support/formulas.h"
#include "tse/net/network.h"
#include "tse/proxy/jaccov.h"
#include "tse/proxy/no_score.h"
#include "tse/proxy/snip.h"
#include "tse/proxy/synflow.h"

namespace tse {
namespace {

/// The cases of expected_scores.json: computed in plain PyTorch and NumPy by the script beside it.
class ScoresOfPyTorch : public testing::TestWithParam<int> {
 protected:
  void expect(const std::string& type, const std::string& score, double value, double tolerance) const {
    const double expected = json_.at(type).at(score);
    EXPECT_NEAR(value, expected, tolerance * std::abs(expected)) << type << " " << score << " of " << case_.arch;
  }

  double jaccov_with(int classes, torch::ScalarType type) const {
    const FormulaCase c = make_formula_case(json_, classes);
    ParameterStore store;
    store.add(c.graph, 1, type);
    set_formula_weights(store);
    const auto network = make_reference_network(c.graph, store);
    return jaccov(row_correlations(input_gradients(*network, formula_images(c).to(type))));
  }

  void compare(torch::ScalarType type, const std::string& name, double tolerance) const {
    ParameterStore store;
    store.add(case_.graph, 1, type);
    set_formula_weights(store);
    make_reference_network(case_.graph, store)
        ->loss_and_gradients(formula_images(case_).to(type), torch::arange(case_.images) % case_.classes);
    expect(name, "snip", snip(case_.graph, store, "weights"), tolerance);
    expect(name, "snip:parameters=all", snip(case_.graph, store, "all"), tolerance);
    for (const auto& [score, classes] : {std::pair("jaccov", 0), std::pair("jaccov:outputs=1", 1)}) {
      if (json_.at(name).at(score).is_null()) {
        EXPECT_THROW(jaccov_with(classes, type), NoScore) << case_.arch;
      } else {
        expect(name, score, jaccov_with(classes, type), tolerance);
      }
    }
  }

  Json json_ = formula_cases("tests/proxy/expected_scores.json").at(static_cast<std::size_t>(GetParam()));
  FormulaCase case_ = make_formula_case(json_);
};

TEST_P(ScoresOfPyTorch, SynFlowIsTheSame) {
  ParameterStore store;
  store.add(case_.graph, 1, torch::kFloat);
  set_formula_weights(store);
  const double expected = json_.at("synflow");
  // the store's weights are floats
  EXPECT_NEAR(synflow(case_.graph, store), expected, 1e-4 * expected) << case_.arch;
  ParameterStore wide;
  wide.add(case_.graph, 1, torch::kDouble);
  set_formula_weights(wide);
  EXPECT_NEAR(synflow(case_.graph, wide), expected, 1e-12 * expected) << case_.arch;
}

TEST_P(ScoresOfPyTorch, OthersAreTheSameInFloat64) { compare(torch::kDouble, "float64", 1e-9); }

// Rounding alone moves PyTorch's own by 6e-5 in the deepest network.
TEST_P(ScoresOfPyTorch, OthersAreTheSameInFloat32) { compare(torch::kFloat, "float32", 3e-4); }

INSTANTIATE_TEST_SUITE_P(Cases, ScoresOfPyTorch, testing::Range(0, 5));

}  // namespace
}  // namespace tse
