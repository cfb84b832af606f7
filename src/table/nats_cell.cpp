#include "tse/table/nats_cell.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>

#include "tse/base/error.h"
#include "tse/base/missing.h"

namespace tse {
namespace {

using Ref = Pickle::Ref;
using Kind = Pickle::Kind;

constexpr int kMostNatsEpochs = 1000;
constexpr std::size_t kMostRuns = 256;                     // of one file; a pickle may share one run among many names
constexpr std::size_t kMostEntries = 8192;                 // of one dict of curves
constexpr std::size_t kMostName = 1000;                    // bytes of the name of a cell, data set or recipe
constexpr std::size_t kMostArchs = std::size_t{1} << 16U;  // of a space; the larger of the two has half as many
constexpr std::size_t kMostArchBytes = std::size_t{1} << 24U;  // of their names together
constexpr double kMillion = 1e6;
constexpr std::array<std::string_view, 3> kSplits = {"x-valid", "x-test", "ori-test"};

/// A text short enough to be copied: a pickle may share one of megabytes among many places.
std::string_view name_of(const Pickle& in, Ref ref) {
  const std::string_view name = in.text(ref);
  if (name.size() > kMostName)
    throw DataError(in.where(ref), "expected a name of at most {} bytes; got {}", kMostName, name.size());
  return name;
}

/// Counts the runs of a whole file.
class CellReader {
 public:
  explicit CellReader(const Pickle& pickle) : in_(pickle) {}

  NatsCell cell() {
    NatsCell cell;
    const auto recipes = in_.items(in_.root(), Kind::dict);
    if (recipes.empty()) throw DataError(in_.where(in_.root()), "expected a cell's results; got an empty dict");
    if (recipes.size() > 2 * kMostRuns)
      throw DataError(in_.where(in_.root()), "expected at most {} recipes; got {}", kMostRuns, recipes.size() / 2);
    for (std::size_t i = 0; i < recipes.size(); i += 2) {
      const std::string hp(name_of(in_, recipes[i]));
      const Ref body = recipes[i + 1];
      const int index = small(in_.member(body, "arch_index"), 0, std::numeric_limits<int>::max());
      const std::string_view arch = name_of(in_, in_.member(body, "arch_str"));
      if (i == 0) {
        cell.index = index;
        cell.arch = arch;
      } else if (cell.index != index || cell.arch != arch) {
        throw DataError(in_.where(body), "expected results of cell {}, as before; got those of {}", cell.index, index);
      }
      read_runs(hp, in_.member(body, "all_results"), cell.runs);
    }
    return cell;
  }

 private:
  int small(Ref ref, int least, int most) const {
    const std::int64_t value = in_.integer(ref);
    if (value < least || value > most)
      throw DataError(in_.where(ref), "expected a number in [{}, {}]; got {}", least, most, value);
    return static_cast<int>(value);
  }

  void read_runs(const std::string& hp, Ref results, std::vector<NatsRun>& runs) const {
    const auto list = in_.items(results, Kind::dict);
    for (std::size_t i = 0; i < list.size(); i += 2) {
      if (runs.size() == kMostRuns)
        throw DataError(in_.where(list[i]), "expected at most {} trainings; there are more", kMostRuns);
      const auto name = in_.items(list[i], Kind::tuple);
      if (name.size() != 2) throw DataError(in_.where(list[i]), "expected a data set and a seed");
      NatsRun run{.hp = hp,
                  .dataset = std::string(name_of(in_, name[0])),
                  .seed = small(name[1], 0, std::numeric_limits<int>::max())};
      for (const NatsRun& other : runs) {
        if (other.hp == hp && other.dataset == run.dataset && other.seed == run.seed)
          throw DataError(in_.where(list[i]), "expected each training once; {} {} comes twice", run.dataset, run.seed);
      }
      read_run(list[i + 1], run);
      runs.push_back(std::move(run));
    }
  }

  void read_run(Ref body, NatsRun& run) const {
    check_name(body, run);
    run.epochs = small(in_.member(body, "epochs"), 1, kMostNatsEpochs);
    run.params = std::round(in_.number(in_.member(body, "params")) * kMillion);
    run.macs = std::round(in_.number(in_.member(body, "flop")) * kMillion);
    run.latency_seconds = latency(in_.member(body, "latency"));
    run.train = {.loss = curve(in_.member(body, "train_losses"), run.epochs),
                 .accuracy = curve(in_.member(body, "train_acc1es"), run.epochs)};
    run.train_seconds = 0;  // a sum with a NaN in it is NaN
    for (const double seconds : curve(in_.member(body, "train_times"), run.epochs)) run.train_seconds += seconds;
    read_splits(in_.member(body, "eval_losses"), run, &NatsCurves::loss);
    read_splits(in_.member(body, "eval_acc1es"), run, &NatsCurves::accuracy);
  }

  /// What the training says of itself must be what it is filed under.
  void check_name(Ref body, const NatsRun& run) const {
    const Ref name = in_.member(body, "name");
    if (name_of(in_, name) != run.dataset)
      throw DataError(in_.where(name), "expected '{}', as it is filed; got '{}'", run.dataset, in_.text(name));
    const Ref seed = in_.member(body, "seed");
    if (number_of(name_of(in_, seed), seed) != run.seed)
      throw DataError(in_.where(seed), "expected seed {}, as it is filed; got '{}'", run.seed, in_.text(seed));
  }

  int number_of(std::string_view text, Ref ref) const {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size())
      throw DataError(in_.where(ref), "expected a whole number; got '{}'", text.substr(0, 32));
    return number;
  }

  double latency(Ref ref) const {
    if (in_.kind(ref) == Kind::none) return kMissing;
    const auto list = in_.items(ref, Kind::list);
    if (list.size() > kMostEntries) throw DataError(in_.where(ref), "expected at most {} latencies", kMostEntries);
    double sum = 0;
    for (const Ref one : list) sum += in_.number(one);
    return list.empty() ? kMissing : sum / static_cast<double>(list.size());
  }

  std::span<const Ref> entries(Ref dict) const {
    const auto list = in_.items(dict, Kind::dict);
    if (list.size() > 2 * kMostEntries) throw DataError(in_.where(dict), "expected at most {} values", kMostEntries);
    return list;
  }

  /// A dict of values by epoch, from 0; None where nothing was recorded.
  std::vector<double> curve(Ref dict, int epochs) const {
    std::vector<double> values(static_cast<std::size_t>(epochs), kMissing);
    if (in_.kind(dict) == Kind::none) return values;
    const auto list = entries(dict);
    for (std::size_t i = 0; i < list.size(); i += 2)
      values[static_cast<std::size_t>(small(list[i], 0, epochs - 1))] = in_.number(list[i + 1]);
    return values;
  }

  /// A dict of values by `SPLIT@EPOCH`, from 0.
  void read_splits(Ref dict, NatsRun& run, std::vector<double> NatsCurves::* member) const {
    if (in_.kind(dict) == Kind::none) return;
    const auto list = entries(dict);
    const std::vector<double> nothing(static_cast<std::size_t>(run.epochs), kMissing);
    for (std::size_t i = 0; i < list.size(); i += 2) {
      const std::string_view key = in_.text(list[i]);
      const std::size_t at = key.find('@');
      const std::string_view split = key.substr(0, at);
      if (at == std::string_view::npos || std::ranges::find(kSplits, split) == kSplits.end())
        throw DataError(in_.where(list[i]), "expected x-valid, x-test or ori-test, @ and an epoch; got '{}'",
                        key.substr(0, 64));
      const int epoch = number_of(key.substr(at + 1), list[i]);
      if (epoch < 0 || epoch >= run.epochs)
        throw DataError(in_.where(list[i]), "expected an epoch in [0, {}); got {}", run.epochs, epoch);
      const auto there =
          run.splits.try_emplace(std::string(split), NatsCurves{.loss = nothing, .accuracy = nothing}).first;
      (there->second.*member)[static_cast<std::size_t>(epoch)] = in_.number(list[i + 1]);
    }
  }

  const Pickle& in_;
};

}  // namespace

NatsCell read_nats_cell(const Pickle& pickle) { return CellReader(pickle).cell(); }

std::vector<std::string> read_nats_meta(const Pickle& pickle) {
  const Ref ref = pickle.member(pickle.root(), "meta_archs");
  const auto list = pickle.items(ref, Kind::list);
  if (list.size() > kMostArchs)
    throw DataError(pickle.where(ref), "expected at most {} architectures; got {}", kMostArchs, list.size());
  std::vector<std::string> archs;
  std::size_t bytes = 0;
  for (const Ref arch : list) {
    bytes += archs.emplace_back(name_of(pickle, arch)).size();
    if (bytes > kMostArchBytes)
      throw DataError(pickle.where(arch), "expected architectures of at most {} bytes; there are more", kMostArchBytes);
  }
  return archs;
}

}  // namespace tse
