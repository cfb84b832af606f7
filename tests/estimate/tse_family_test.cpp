// The formulas of the TSE family, written here as the paper and the other codes write them: on epoch means, by index,
// without any state. The estimators are held to these on random traces, and both to worked and published values.

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "estimate/random_trace.h"
#include "tse/base/json.h"
#include "tse/estimate/estimator.h"

namespace tse {
namespace {

double sum(const std::vector<double>& ell, int first, int last) {  // sum_{t=first..last} ell[t], t from 1
  double total = 0;
  for (int t = first; t <= last; ++t) total += ell.at(static_cast<std::size_t>(t - 1));
  return total;
}

double tse_reference(const std::vector<double>& ell, int T) { return sum(ell, 1, T); }

double tse_e_reference(const std::vector<double>& ell, int T, int E) { return sum(ell, T - E + 1, T); }

double paper_reference(const std::vector<double>& ell, int T, double gamma) {
  double total = 0;
  for (int t = 1; t <= T; ++t) total += std::pow(gamma, T - t) * ell.at(static_cast<std::size_t>(t - 1));
  return total;
}

/// The closed form of the recursion: (1-mu)^(T-1) ell[1] + mu sum_{t=2..T} (1-mu)^(T-t) ell[t].
double code_reference(const std::vector<double>& ell, int T, double mu) {
  double total = std::pow(1 - mu, T - 1) * ell.at(0);
  for (int t = 2; t <= T; ++t) total += mu * std::pow(1 - mu, T - t) * ell.at(static_cast<std::size_t>(t - 1));
  return total;
}

double naslib_reference(const std::vector<double>& ell, int T, double mu) {
  double total = 0;
  for (int t = 1; t <= T; ++t) total += code_reference(ell, t, mu);
  return total;
}

/// Unweighted means: ell[t] = (1/B) sum_i ell[t,i].
std::vector<double> step_means(const Trace& trace) {
  const auto steps = static_cast<std::size_t>(steps_per_epoch(trace));
  std::vector<double> means;
  for (std::size_t first = 0; first + steps <= trace.step_loss.size(); first += steps) {
    double total = 0;
    for (std::size_t i = 0; i < steps; ++i) total += trace.step_loss[first + i];
    means.push_back(total / static_cast<double>(steps));
  }
  return means;
}

double loss_sum(const std::string& estimator, const Trace& trace, int T) {
  return -make_estimator(estimator)->score(trace, T);
}

std::string with(const std::string& name, const std::string& option, double value) {
  return fmt::format("{}:{}={}", name, option, value);
}

TEST(TseFamily, WorkedExamples) {
  const Trace trace = curve({2.0, 1.5, 1.2, 1.0, 0.9});
  EXPECT_DOUBLE_EQ(loss_sum("tse", trace, 5), 6.6);
  EXPECT_DOUBLE_EQ(loss_sum("tse-e", trace, 5), 0.9);
  EXPECT_DOUBLE_EQ(loss_sum("tse-e:epochs=2", trace, 5), 1.9);
  EXPECT_NEAR(loss_sum("tse-ema-paper:gamma=0.9", trace, 5), 5.1777, 1e-13);
  EXPECT_NEAR(loss_sum("tse-ema-paper:gamma=0.95", trace, 5), 5.848075, 1e-13);
  EXPECT_NEAR(loss_sum("tse-ema-paper:gamma=0.99", trace, 5), 6.44276052, 1e-13);
  EXPECT_NEAR(loss_sum("tse-ema-paper", trace, 5), 6.5841176905020005, 1e-13);
  EXPECT_NEAR(loss_sum("tse-ema", trace, 5), 0.91235, 1e-13);
  EXPECT_NEAR(loss_sum("tse-ema:mu=0.95", trace, 5), 0.905540625, 1e-13);
  EXPECT_NEAR(loss_sum("tse-ema:mu=0.99", trace, 5), 0.901020305, 1e-13);
  EXPECT_NEAR(loss_sum("tse-ema:mu=0.999", trace, 5), 0.9001002003005, 1e-13);
  EXPECT_NEAR(loss_sum("tse-ema-naslib", trace, 5), 6.611100805, 1e-13);
}

TEST(TseFamily, TheVariantsCanRankOppositely) {
  const Trace a = curve({2.3, 1.0, 0.5});
  const Trace b = curve({1.5, 1.0, 0.6});
  EXPECT_NEAR(loss_sum("tse", a, 3), 3.8, 1e-13);
  EXPECT_NEAR(loss_sum("tse", b, 3), 3.1, 1e-13);
  EXPECT_NEAR(loss_sum("tse-ema-paper", a, 3), 3.7944023, 1e-13);
  EXPECT_NEAR(loss_sum("tse-ema-paper", b, 3), 3.0960015, 1e-13);
  EXPECT_NEAR(loss_sum("tse-e", a, 3), 0.5, 1e-13);
  EXPECT_NEAR(loss_sum("tse-e", b, 3), 0.6, 1e-13);
  EXPECT_NEAR(loss_sum("tse-ema", a, 3), 0.563, 1e-13);
  EXPECT_NEAR(loss_sum("tse-ema", b, 3), 0.645, 1e-13);
}

TEST(TseFamily, FormulasOnRandomTraces) {
  Stream random(7);
  for (int i = 0; i < 200; ++i) {
    const int T = 1 + static_cast<int>(random.below(12));
    const Trace trace = random_trace(random, T + static_cast<int>(random.below(3)));
    const double weight = random.unit();
    const int E = 1 + static_cast<int>(random.below(static_cast<std::uint64_t>(T)));
    for (const std::string mean : {"images", "steps"}) {
      const auto ell = mean == "images" ? epoch_losses(trace) : step_means(trace);
      const std::string option = ",mean=" + mean;
      EXPECT_NEAR(loss_sum("tse:mean=" + mean, trace, T), tse_reference(ell, T), 1e-11);
      EXPECT_NEAR(loss_sum(with("tse-e", "epochs", E) + option, trace, T), tse_e_reference(ell, T, E), 1e-11);
      EXPECT_NEAR(loss_sum(with("tse-ema", "mu", weight) + option, trace, T), code_reference(ell, T, weight), 1e-11);
      EXPECT_NEAR(loss_sum(with("tse-ema-paper", "gamma", weight) + option, trace, T), paper_reference(ell, T, weight),
                  1e-11);
      EXPECT_NEAR(loss_sum(with("tse-ema-naslib", "mu", weight) + option, trace, T), naslib_reference(ell, T, weight),
                  1e-11);
    }
  }
}

TEST(TseFamily, WeighingByImagesDiffersByTheSmallLastBatchOnly) {
  // 5 images in batches of 2: the last batch has one. By hand: (2*1 + 2*2 + 1*6)/5 = 2.4 and (1 + 2 + 6)/3 = 3.
  const Trace trace{.status = TraceStatus::ok, .train_images = 5, .batch = 2, .step_loss = {1, 2, 6}};
  EXPECT_DOUBLE_EQ(loss_sum("tse", trace, 1), 2.4);
  EXPECT_DOUBLE_EQ(loss_sum("tse:mean=steps", trace, 1), 3);
}

TEST(TseFamily, TheWholeWindowIsTse) {
  Stream random(8);
  for (int i = 0; i < 100; ++i) {
    const int T = 1 + static_cast<int>(random.below(10));
    const Trace trace = random_trace(random, T);
    EXPECT_NEAR(loss_sum(with("tse-e", "epochs", T), trace, T), loss_sum("tse", trace, T), 1e-11);
    EXPECT_TRUE(std::isnan(loss_sum(with("tse-e", "epochs", T + 1), trace, T)));
  }
}

TEST(TseFamily, TheLimitsOfGammaAreTseAndTheLastEpoch) {
  Stream random(9);
  for (int i = 0; i < 100; ++i) {
    const int T = 1 + static_cast<int>(random.below(10));
    const Trace trace = random_trace(random, T);
    EXPECT_NEAR(loss_sum("tse-ema-paper:gamma=1", trace, T), loss_sum("tse", trace, T), 1e-11);
    EXPECT_NEAR(loss_sum("tse-ema-paper:gamma=1e-13", trace, T), loss_sum("tse-e", trace, T), 1e-11);
  }
}

TEST(TseFamily, RecursionAndFormulaRankAlikeButForTheFirstEpoch) {
  // s[T]/mu = formula(gamma = 1-mu) + (1/mu - 1) gamma^(T-1) ell[1]; so they can disagree only on scores that close.
  Stream random(10);
  int compared = 0;
  for (int i = 0; i < 2000; ++i) {
    const double mu = 0.5 + 0.49 * random.unit();
    const int T = 3 + static_cast<int>(random.below(6));
    const Trace a = random_trace(random, T);
    const Trace b = random_trace(random, T);
    const auto formula = [&](const Trace& trace) { return loss_sum(with("tse-ema-paper", "gamma", 1 - mu), trace, T); };
    const auto recursion = [&](const Trace& trace) { return loss_sum(with("tse-ema", "mu", mu), trace, T); };
    const double first = std::max(epoch_losses(a)[0], epoch_losses(b)[0]);
    if (std::abs(formula(a) - formula(b)) <= (1 / mu - 1) * std::pow(1 - mu, T - 1) * first) continue;
    EXPECT_EQ(formula(a) < formula(b), recursion(a) < recursion(b));
    ++compared;
  }
  EXPECT_GT(compared, 1000);
}

TEST(TseE, AFractionIsTheFirstPartOfTheLastEpoch) {
  Stream random(11);
  int compared = 0;
  for (int i = 0; i < 200; ++i) {
    const int T = 1 + static_cast<int>(random.below(5));
    const Trace trace = random_trace(random, T + 1);
    const int steps = steps_per_epoch(trace);
    for (const int tenths : {1, 3, 5, 7}) {
      const auto q = static_cast<std::size_t>(tenths * steps / 10);
      const std::string name = fmt::format("tse-e:epochs=0.{}", tenths);
      if (q == 0) {
        EXPECT_TRUE(std::isnan(loss_sum(name, trace, T)));
        continue;
      }
      double expected = 0;
      for (std::size_t i_step = 0; i_step < q; ++i_step)
        expected += trace.step_loss[static_cast<std::size_t>((T - 1) * steps) + i_step];
      EXPECT_NEAR(loss_sum(name, trace, T), expected, 1e-11);
      Trace shorter = trace;
      shorter.step_loss.resize(static_cast<std::size_t>(T * steps));
      EXPECT_NEAR(loss_sum(name, shorter, T), expected, 1e-11);
      shorter.step_loss.pop_back();
      EXPECT_TRUE(std::isnan(loss_sum(name, shorter, T)));  // the budget is T epochs
      ++compared;
    }
  }
  EXPECT_GT(compared, 300);
}

TEST(TseE, AFractionIsTakenAsItIsWritten) {
  // 0.7 * 90 is 62.99999999999999 in binary; 63 steps are meant.
  Trace trace{.status = TraceStatus::ok, .train_images = 90, .batch = 1, .step_loss = std::vector<double>(90, 1.0)};
  EXPECT_EQ(loss_sum("tse-e:epochs=0.7", trace, 1), 63);
}

TEST(TseE, LastSteps) {
  Stream random(12);
  for (int i = 0; i < 100; ++i) {
    const int T = 1 + static_cast<int>(random.below(5));
    const Trace trace = random_trace(random, T + 1);
    const auto end = static_cast<std::size_t>(T * steps_per_epoch(trace));
    const std::size_t K = 1 + random.below(end);
    double expected = 0;
    for (std::size_t step = end - K; step < end; ++step) expected += trace.step_loss[step];
    EXPECT_NEAR(loss_sum(fmt::format("tse-e:steps={}", K), trace, T), expected, 1e-11);
    EXPECT_TRUE(std::isnan(loss_sum(fmt::format("tse-e:steps={}", end + 1), trace, T)));
  }
}

TEST(TseE, RefusesWindowsThatMeanNothing) {
  for (const char* text : {"tse-e:epochs=1.5", "tse-e:epochs=0", "tse-e:epochs=-1", "tse-e:epochs=nan",
                           "tse-e:epochs=inf", "tse-e:epochs=0.5,steps=3", "tse-e:steps=-1", "tse-ema:mu=1.5",
                           "tse-ema-paper:gamma=-0.1", "tse:mean=median", "train-loss-minibatch:step=-1"})
    EXPECT_THROW(make_estimator(text), UsageError) << text;
}

TEST(TrainLossMinibatch, IsOneStepOfTheNewestEpoch) {
  const Trace trace{.status = TraceStatus::ok, .train_images = 6, .batch = 2, .step_loss = {9, 8, 7, 6, 5, 4}};
  EXPECT_EQ(loss_sum("train-loss-minibatch", trace, 1), 7);
  EXPECT_EQ(loss_sum("train-loss-minibatch", trace, 2), 4);
  EXPECT_EQ(loss_sum("train-loss-minibatch:step=1", trace, 2), 6);
  EXPECT_EQ(loss_sum("train-loss-minibatch:step=2", trace, 1), 8);
  EXPECT_TRUE(std::isnan(loss_sum("train-loss-minibatch:step=4", trace, 2)));
}

std::string slurp(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

TEST(TseFamily, NasBench201Curves) {
  // True training losses of NAS-Bench-201 runs, and the values that the released code's definitions give for them,
  // rounded to six decimals. That code sums what there is where T < E; we say NaN, so such budgets are left out.
  const std::string folder = std::string(TSE_SHARED) + "/tables/";
  const std::string expected_text = slurp(folder + "reference_vectors.json");
  const std::string curves_text = slurp(folder + "nb201/nats_3_cells_curves.json");
  if (expected_text.empty() || curves_text.empty()) GTEST_SKIP() << "no tables in " << folder;
  const Json expected = parse_json(expected_text, "reference_vectors.json");
  const Json curves = parse_json(curves_text, "nats_3_cells_curves.json");
  int compared = 0;
  for (const Json& one : expected["tse"]) {
    for (const Json& run : curves[one["arch"].get<std::string>()]) {
      if (run["dataset"] != one["dataset"] || run["seed"] != one["seed"] || run["epochs"] != 200) continue;
      const Trace trace = curve(run["train_loss"].get<std::vector<double>>());
      for (const auto& [epochs_text, values] : one["values"].items()) {
        const int T = std::stoi(epochs_text);
        EXPECT_NEAR(loss_sum("tse", trace, T), values["TSE"].get<double>(), 2e-4);
        EXPECT_NEAR(loss_sum("tse-e", trace, T), values["TSE-E1"].get<double>(), 2e-6);
        EXPECT_NEAR(loss_sum("tse-ema", trace, T), values["TSE-EMA0.9"].get<double>(), 2e-6);
        if (T >= 5) {
          EXPECT_NEAR(loss_sum("tse-e:epochs=5", trace, T), values["TSE-E5"].get<double>(), 1e-5);
        }
        ++compared;
      }
    }
  }
  EXPECT_GE(compared, 7);
}

}  // namespace
}  // namespace tse
