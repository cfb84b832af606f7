#pragma once

#include <cstddef>
#include <vector>

#include "tse/estimate/blend.h"

namespace tse {

/// Blend for trainings that end one after another, as a search needs it: `blend` ranks all at once, and its numbers
/// move with every training that joins. Here both halves are measured by the first results alone, and from the
/// `settle`-th on the scale stays: scores told at different times compare.
///
///   RunningBlend running(make_blend(parse_spec("blend", "search")), 5, 50);
///   running.add(record);
///   running.score(record);
///
/// z = (x - median) / (quartile range / 1.349) of the first results, not below -3, of the logarithms of a half that is
/// positive in all of them; the share of the static half is that of `blend` among them. Pure: the score depends on the
/// record and on the results so far, in the order they were added. Until it is settled the scale moves, so one that can
/// wait asks for the first scores then. A result without both halves, or that diverged, does not count.
class RunningBlend {
 public:
  static constexpr std::size_t kSettle = 20;

  /// All trainings have the same `epochs`, T, of a schedule of `schedule_epochs` (0: not known).
  RunningBlend(Blend blend, int epochs, int schedule_epochs, std::size_t settle = kSettle);

  void add(const Record& record);

  /// Higher is better; NaN for a record without either half, or while nothing was added; -infinity for one that
  /// diverged.
  double score(const Record& record) const;

  /// Whether the scale stays.
  bool settled() const { return speed_.size() >= settle_; }

  /// What scores cannot do without: columns of the record.
  std::vector<std::string> columns() const { return blend_.columns(); }

 private:
  /// One half, as the first results have it.
  struct Scale {
    bool logarithmic = false;
    double middle = 0;
    double width = 1;

    explicit Scale(const std::vector<double>& values);
    Scale() = default;
    double operator()(double value) const;
  };

  Blend blend_;
  int epochs_;
  int schedule_epochs_;
  std::size_t settle_;
  std::vector<double> speed_;  // of the first results
  std::vector<double> still_;
  Scale speed_scale_;
  Scale still_scale_;
  double share_ = 0;  // of the static half
};

}  // namespace tse
