#include "tse/table/nds.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "tse/base/error.h"
#include "tse/base/file.h"
#include "tse/base/hash.h"
#include "tse/base/missing.h"
#include "tse/base/option.h"
#include "tse/base/outcome_name.h"
#include "tse/space/nds.h"

namespace tse {
namespace {

constexpr std::size_t kMostNdsFile = std::size_t{1} << 31U;  // bytes, packed or not
constexpr int kDeepest = 16;                                 // of JSON; theirs have four levels
constexpr int kMostOfStage = 1'000'000;                      // blocks or channels
constexpr std::array<const char*, 9> kFields = {
    "net", "optim", "params", "flops", "rng_seed", "min_test_top1", "train_ep_loss", "train_ep_top1", "test_ep_top1"};
constexpr std::array kCurves = {std::pair{Metric::train_loss, "train_ep_loss"},
                                std::pair{Metric::train_error, "train_ep_top1"},
                                std::pair{Metric::test_error, "test_ep_top1"}};

/// Python writes numbers that JSON has not; here they become texts.
std::string without_pythons_numbers(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  bool inside = false;  // of a text
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = text.substr(i);
    const auto take = [&](std::string_view word) {
      if (inside || !rest.starts_with(word)) return false;
      result.append("\"").append(word).append("\"");
      i += word.size() - 1;
      return true;
    };
    if (take("NaN") || take("Infinity") || take("-Infinity")) continue;
    if (text[i] == '"') inside = !inside;
    result += text[i];
    if (inside && text[i] == '\\' && i + 1 < text.size()) result += text[++i];
  }
  return result;
}

/// A number, infinite where it is one of Python's; kMissing where it is null.
double number(const Json& value, std::string_view field, std::string_view place) {
  if (value.is_null()) return kMissing;
  if (value.is_number()) return value.get<double>();
  if (value.is_string() && (value == "NaN" || value == "Infinity")) return std::numeric_limits<double>::infinity();
  throw DataError(place, "expected '{}' to be a number; got {}", field, value.type_name());
}

/// kMissing where there is no such field.
double number_of(const Json& object, const char* field, std::string_view place) {
  const auto found = object.find(field);
  return found == object.end() ? kMissing : number(*found, field, place);
}

std::vector<double> numbers_of(const Json& object, const char* field, std::string_view place) {
  const Json list = member<Json>(object, field, place);
  if (!list.is_array()) throw DataError(place, "expected '{}' to be a list; got {}", field, list.type_name());
  std::vector<double> numbers;
  for (const Json& value : list) numbers.push_back(number(value, field, place));
  return numbers;
}

/// One training of a file.
struct NdsRun {
  NdsFamily family = NdsFamily::resnet;  // resnext_a for both ResNeXt
  std::string arch;
  double stem = kMissing;
  std::map<std::string, double> columns;
  std::array<std::vector<double>, kCurves.size()> curves;
};

NdsFamily family_of(const std::string& block, std::string_view place) {
  if (block.starts_with("double_plain") || block.starts_with("vanilla")) return NdsFamily::vanilla;
  if (block.starts_with("res_basic")) return NdsFamily::resnet;
  if (block.starts_with("res_bottleneck")) return NdsFamily::resnext_a;
  throw DataError(place,
                  "expected a block_type of double_plain_block, res_basic_block or res_bottleneck_block; got '{}'",
                  block.substr(0, 64));
}

int whole(double value, const char* field, std::string_view place) {
  if (value >= 1 && value <= kMostOfStage && value == std::floor(value)) return static_cast<int>(value);
  throw DataError(place, "expected '{}' to be whole numbers in [1, {}]; got {}", field, kMostOfStage, value);
}

/// The values of the three stages. The files list the stem before them.
std::array<double, 3> of_stages(const Json& net, const char* field, std::string_view place) {
  const std::vector<double> values = numbers_of(net, field, place);
  if (values.size() != 3 && values.size() != 4)
    throw DataError(place, "expected '{}' of three stages, with or without the stem's before them; got {} numbers",
                    field, values.size());
  std::array<double, 3> stages{};
  std::copy(values.end() - 3, values.end(), stages.begin());
  return stages;
}

void read_net(const Json& net, NdsRun& run, std::string_view place) {
  if (net.is_object() && net.contains("genotype"))
    throw DataError(place, "expected networks of stages (ds, ws); got one of cells (genotype)");
  run.family = family_of(member<std::string>(net, "block_type", place), place);
  const bool bottleneck = run.family == NdsFamily::resnext_a;
  NdsStages stages;
  const auto read = [&](const char* field, const auto& set) {
    const std::array<double, 3> values = of_stages(net, field, place);
    for (std::size_t i = 0; i < values.size(); ++i) set(stages[i], values[i], field);
  };
  const auto to = [&](int NdsStage::* part) {
    return
        [&place, part](NdsStage& stage, double value, const char* field) { stage.*part = whole(value, field, place); };
  };
  read("ds", to(&NdsStage::depth));
  read("ws", to(&NdsStage::width));
  if (bottleneck) {
    read("num_gs", to(&NdsStage::groups));
    read("bot_muls", [&](NdsStage& stage, double value, const char* field) {
      const double ratio = std::round(1 / value);
      if (!(std::abs(ratio * value - 1) < 1e-6))
        throw DataError(place, "expected '{}' to be 1 over a whole number; got {}", field, value);
      stage.ratio = whole(ratio, field, place);
    });
  }
  run.arch = nds_text(stages, bottleneck);
  if (const std::vector<double> widths = numbers_of(net, "ws", place); widths.size() == 4) run.stem = widths.front();
}

NdsRun read_run(const Json& json, std::string_view place) {
  NdsRun run;
  read_net(member<Json>(json, "net", place), run, place);
  for (std::size_t i = 0; i < kCurves.size(); ++i) {
    run.curves[i] = numbers_of(json, kCurves[i].second, place);
    if (run.curves[i].size() > static_cast<std::size_t>(kMostCurveNumbers))
      throw DataError(place, "expected fewer epochs; got {}", run.curves[i].size());
  }
  const Json optim = json.contains("optim") ? json.at("optim") : Json::object();
  if (!optim.is_object()) throw DataError(place, "expected 'optim' to be an object; got {}", optim.type_name());
  const std::vector<double>& test = run.curves.back();
  run.columns = {{"params", number_of(json, "params", place)},
                 {"macs", number_of(json, "flops", place)},
                 {"test_error", test.empty() ? kMissing : test.back()},
                 {"min_test_error", number_of(json, "min_test_top1", place)},
                 {"lr", number_of(optim, "base_lr", place)},
                 {"weight_decay", number_of(optim, "wd", place)},
                 {"seed", number_of(json, "rng_seed", place)},
                 {"stem", run.stem}};
  return run;
}

/// Grows the table training by training.
class NdsTable {
 public:
  explicit NdsTable(std::string_view place) : place_(place) {}

  void add(NdsRun run) {
    if (!family_) family_ = run.family;
    if (run.family != *family_)
      throw DataError(place_, "expected trainings of one space; got {} among those of {}", nds_name(run.family),
                      nds_name(*family_));
    if (!seen_.insert(run.arch).second) {
      ++repeated_;
      return;
    }
    archs_.push_back(std::move(run.arch));
    for (auto& [name, value] : run.columns) columns_[name].push_back(value);
    for (std::size_t i = 0; i < kCurves.size(); ++i) {
      epochs_ = std::max(epochs_, run.curves[i].size());
      curves_[i].push_back(std::move(run.curves[i]));
    }
    if (epochs_ > kMostCurveNumbers / archs_.size())
      throw DataError(place_, "expected at most {} numbers of a metric; got {} trainings of {} epochs",
                      kMostCurveNumbers, archs_.size(), epochs_);
  }

  CurveTable finish(std::string_view outcome) {
    if (archs_.empty()) throw DataError(place_, "expected a list of trainings; it is empty");
    CurveTable table{.archs = std::move(archs_), .epochs = static_cast<int>(epochs_)};
    for (std::size_t i = 0; i < kCurves.size(); ++i) {
      std::vector<double> values(table.rows() * epochs_, kMissing);
      for (std::size_t row = 0; row < table.rows(); ++row)
        std::ranges::copy(curves_[i][row], values.begin() + static_cast<std::ptrdiff_t>(row * epochs_));
      table.curves.emplace(kCurves[i].first, std::move(values));
    }
    table.columns = std::move(columns_);
    const auto empty = [](const auto& entry) {
      return std::ranges::all_of(entry.second, [](double value) { return std::isnan(value); });
    };
    std::erase_if(table.curves, empty);
    std::erase_if(table.columns, empty);
    set_outcome(table, outcome.empty() ? "test_error" : outcome);
    set_source(table);
    return table;
  }

 private:
  void set_outcome(CurveTable& table, std::string_view text) const {
    std::vector<std::string> known;
    for (const auto& [name, values] : table.columns) known.push_back(name);
    const ColumnName asked = parse_column_name(text, known);
    if (!table.columns.contains(asked.column))
      throw UsageError(place_, "{}", unknown_name("column", asked.column, known));
    table.outcome = asked.column;
    table.outcome_lower = asked.lower;
  }

  void set_source(CurveTable& table) const {
    std::vector<NdsFamily> families = {*family_};
    if (*family_ == NdsFamily::resnext_a) families.push_back(NdsFamily::resnext_b);
    std::size_t most = 0;
    std::string space;
    for (const NdsFamily family : families) {
      const std::size_t known = known_to(Nds(family, {}), table.archs);
      if (space.empty() || known > most) space = nds_name(family);
      most = std::max(most, known);
    }
    table.source = {{"kind", "nds"},
                    {"space", space},
                    {"outside_space", table.rows() - most},
                    {"repeated", repeated_},
                    {"curves", Json::object()},
                    {"outcome", {{"column", table.outcome}, {"lower", table.outcome_lower}}}};
    for (const auto& [metric, values] : table.curves) {
      const std::string name(to_text(metric));
      table.source["curves"][name] = {{"split", name.substr(0, name.find('_'))}};
    }
  }

  static std::size_t known_to(const Nds& space, const std::vector<std::string>& archs) {
    return static_cast<std::size_t>(std::ranges::count_if(archs, [&](const std::string& arch) {
      try {
        (void)space.parse(arch);
        return true;
      } catch (const UsageError&) {
        return false;
      }
    }));
  }

  std::string place_;
  std::optional<NdsFamily> family_;
  std::unordered_set<std::string> seen_;
  std::vector<std::string> archs_;
  std::size_t epochs_ = 0;  // of the longest curve
  std::array<std::vector<std::vector<double>>, kCurves.size()> curves_;
  std::map<std::string, std::vector<double>> columns_;
  std::size_t repeated_ = 0;
};

/// Reads each training as soon as the parser has it, and forgets it, and what no field of ours is at once: the files
/// are hundreds of megabytes.
void read_runs(std::string_view text, std::string_view place, NdsTable& table) {
  using Event = Json::parse_event_t;
  std::size_t count = 0;
  const auto look = [&](int depth, Event event, Json& json) {
    if (depth > kDeepest) throw DataError(place, "expected JSON of fewer than {} levels", kDeepest);
    const bool list = event == Event::array_start || event == Event::array_end;
    if (depth == 0 && !list) throw DataError(place, "expected a list of trainings; got something else");
    if (depth == 1 && event != Event::object_start && event != Event::object_end)
      throw DataError(place, "expected training {} to be an object; got something else", count + 1);
    if (depth == 2 && event == Event::key) return std::ranges::find(kFields, json.get<std::string>()) != kFields.end();
    if (depth != 1 || event != Event::object_end) return true;
    table.add(read_run(json, fmt::format("{}, training {}", place, ++count)));
    return false;
  };
  try {
    [[maybe_unused]] const Json nothing = Json::parse(without_pythons_numbers(text), look);
  } catch (const Json::exception& error) {
    throw DataError(place, "expected JSON; {}", error.what());
  }
}

}  // namespace

CurveTable parse_nds(std::string_view text, std::string_view place, std::string_view outcome) {
  NdsTable table(place);
  read_runs(text, place, table);
  return table.finish(outcome);
}

CurveTable read_nds(const std::filesystem::path& file, std::string_view outcome) {
  Bytes bytes = read_file(file, kMostNdsFile);
  const std::string digest = Hash().add(bytes).hex();
  if (const Packing packing = packing_of(file); packing != Packing::none)
    bytes = unpack(bytes, packing, file.string(), kMostNdsFile);
  CurveTable table = parse_nds(as_text(bytes), file.string(), outcome);
  table.source["file"] = file.filename().string();
  table.source["sha256"] = digest;
  return table;
}

}  // namespace tse
