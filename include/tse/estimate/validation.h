#pragma once

#include <string>
#include <vector>

#include "tse/estimate/estimator.h"

namespace tse {

/// The baselines that watch images which were not trained on (Ru et al. 2021, arXiv 2006.04492). All take `split=valid`
/// or `split=test`: the authors' code reads the test set's curve on CIFAR-100 and ImageNet16-120 (rubinxin/TSE), half
/// of which is also its ground truth. Where a split has errors in place of accuracies, the negated error serves. A
/// training that diverged scores worst from there on.
struct SplitSettings {
  std::string split = "valid";

  Options options();
  bool valid() const { return split == "valid"; }
};

/// SoVL, the sum of the validation losses so far:
///
///   SoVL(T) = sum_{t=1..T} valid_loss[t],   score = -SoVL(T)
///
/// NaN where the loss of one of those epochs was not measured.
class ValidLossSum final : public Estimator {
 public:
  using Settings = SplitSettings;

  explicit ValidLossSum(const Settings& settings) : settings_(settings) {}
  using Estimator::score;
  std::string spec() const override;
  double score(const Record& record, int epochs) const override;
  std::vector<double> scores(const Record& record, int epochs) const override;

 private:
  Settings settings_;
};

/// The validation loss after epoch T, negated. NaN where it was not measured then.
class ValidLoss final : public Estimator {
 public:
  using Settings = SplitSettings;

  explicit ValidLoss(const Settings& settings) : settings_(settings) {}
  using Estimator::score;
  std::string spec() const override;
  double score(const Record& record, int epochs) const override;
  std::vector<double> scores(const Record& record, int epochs) const override;

 private:
  Settings settings_;
};

/// VAccES, the early-stopped validation accuracy: that after epoch T, with `abscissa=published` after epoch T+1. NaN
/// where it was not measured then.
class ValidAccuracy final : public Estimator {
 public:
  struct Settings : SplitSettings {
    AbscissaOption abscissa;

    Options options();
  };

  explicit ValidAccuracy(const Settings& settings) : settings_(settings) {}
  using Estimator::score;
  std::string spec() const override;
  double score(const Record& record, int epochs) const override;
  std::vector<double> scores(const Record& record, int epochs) const override;

 private:
  Settings settings_;
};

/// The validation accuracy at the end of the whole training, whatever T is: no estimator, but the line that the others
/// are compared with (Val Acc (T=200) of the paper). The newest value that was recorded; looks beyond T.
class ValidAccuracyFinal final : public Estimator {
 public:
  using Settings = SplitSettings;

  explicit ValidAccuracyFinal(const Settings& settings) : settings_(settings) {}
  using Estimator::score;
  std::string spec() const override;
  double score(const Record& record, int epochs) const override;
  bool sees_the_end() const override { return true; }

 private:
  Settings settings_;
};

/// The same of the loss, negated. With `split=test` the TestL of the authors' plots.
class ValidLossFinal final : public Estimator {
 public:
  using Settings = SplitSettings;

  explicit ValidLossFinal(const Settings& settings) : settings_(settings) {}
  using Estimator::score;
  std::string spec() const override;
  double score(const Record& record, int epochs) const override;
  bool sees_the_end() const override { return true; }

 private:
  Settings settings_;
};

/// The curve of how good a split was classified, higher is better: accuracies, or negated errors where there are none.
/// Empty where neither was recorded.
std::vector<double> quality_curve(const Record& record, bool valid);

}  // namespace tse
