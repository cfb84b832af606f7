#include "recorded.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "tse/base/error.h"
#include "tse/base/missing.h"
#include "tse/base/option.h"
#include "tse/base/outcome_name.h"
#include "tse/base/spec.h"
#include "tse/estimate/column.h"
#include "tse/store/curve_study.h"
#include "tse/study/runs.h"
#include "tse/study/study.h"

namespace tse {
namespace {

constexpr const char* kOutcome = "outcome";
constexpr const char* kSecondsColumn = "seconds_per_epoch";  // of imported tables

RunOutcome outcome_of(const Runs& runs, const std::string& text) {
  if (text.empty()) return *runs.outcome;
  const ColumnName asked = parse_column_name(text, runs.column_names());
  const auto found = runs.columns().find(asked.column);
  if (found == runs.columns().end())
    throw UsageError("--outcome", "{}", unknown_name("column", asked.column, runs.column_names()));
  return {.name = asked.column, .source = "the study's own record", .lower = asked.lower, .values = found->second};
}

/// `NAME@T`; the default where there is no such end.
std::pair<std::string, int> name_and_epochs(const std::string& text, int epochs) {
  const std::size_t at = text.rfind('@');
  if (at == std::string::npos) return {text, epochs};
  int value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + at + 1, end, value);
  if (error != std::errc{} || stop != end || value < 1)
    throw UsageError("--objective", "expected epochs after @, as tse-ema@10; got '{}'", text);
  return {text.substr(0, at), value};
}

Recording recording_of(const Recorded& study, const std::string& text, int default_epochs) {
  const auto [name, epochs] = name_and_epochs(text, default_epochs);
  const std::vector<std::string> known = study.runs.column_names();
  Recording recording{.name = text, .cost = false, .estimator = nullptr, .epochs = epochs};
  if (name == kOutcome) {
    if (!study.has_outcome)
      throw UsageError("--objective", "expected a study with outcomes; {} has none", study.runs.study);
    recording.name = study.outcome.name;
    recording.epochs = study.runs.epochs();
    recording.cost = study.outcome.lower;
    return recording;
  }
  const std::string base = parse_spec(name, "--objective").name;
  const std::vector<std::string> registered = estimators().names();
  const bool size = name == "params" || name == "macs";
  if (!size && std::ranges::find(registered, base) != registered.end()) {
    recording.estimator = make_estimator(name);
    recording.course = true;
    return recording;
  }
  if (fitted_estimators().knows(name)) {
    recording.fitted = fitted_estimators().make(name);
    return recording;
  }
  const ColumnName asked = parse_column_name(name, known);
  if (!study.runs.columns().contains(asked.column)) {
    std::vector<std::string> all = registered;
    all.insert(all.end(), known.begin(), known.end());
    all.emplace_back(kOutcome);
    throw UsageError("--objective", "{}", unknown_name("objective", asked.column, all));
  }
  recording.cost = asked.lower || size;
  recording.estimator = std::make_shared<Column>(Column::Settings{.name = asked.column, .lower = recording.cost});
  return recording;
}

/// What the study's networks were trained for; the usual where imported curves do not say.
Task task_of(const std::string& study) {
  if (holds_curves(study)) return {};
  Plan plan;
  const auto record = open_study(study, Access::read, plan)->recall("data");
  return record ? data_record_from_json(*record, study).task : Task{};
}

double seconds_per_epoch(const Runs& runs, std::size_t row) {
  if (!runs.seconds_per_epoch.empty()) return runs.seconds_per_epoch[row];
  const auto found = runs.columns().find(kSecondsColumn);
  return found == runs.columns().end() ? kMissing : found->second[row];
}

}  // namespace

Recorded recorded(const ReplayRequest& request) {
  Runs runs = read_runs(request.study);
  for (const std::string& scores : request.scores) runs = runs.with_columns(read_runs(scores));
  const std::string name = !request.space.empty() ? request.space : !runs.space.empty() ? runs.space : "nb201";
  Recorded study{.runs = std::move(runs), .outcome = {}, .space = make_space(name)};
  study.task = task_of(request.study);
  study.has_outcome = study.runs.outcome.has_value() || !request.outcome.empty();
  if (study.has_outcome) study.outcome = outcome_of(study.runs, request.outcome);
  for (const std::string& arch : study.runs.archs()) {
    try {
      study.space->parse(arch);
    } catch (const UsageError& error) {
      throw DataError(request.study, "expected architectures of {}; {}{}", name, error.what(),
                      request.space.empty() ? ". Another space is given by --space" : "");
    }
  }
  return study;
}

std::vector<Recording> recordings_of(const Recorded& study, const std::string& list, int epochs) {
  std::vector<Recording> recordings;
  for (const std::string& name : split_names(list, "--objective"))
    recordings.push_back(recording_of(study, name, epochs));
  return recordings;
}

RecordedResults results_of(const Recorded& study, const std::vector<Recording>& recordings,
                           const std::vector<int>& rungs) {
  RecordedResults results;
  const int all_epochs = study.runs.epochs();
  std::vector<std::vector<double>> fitted;  // by recording, then training
  for (const Recording& recording : recordings) {
    const int epochs = recording.epochs > 0 ? recording.epochs : all_epochs;
    fitted.push_back(recording.fitted ? recording.fitted->scores(study.runs.records(), epochs, 0)
                                      : std::vector<double>());
  }
  for (std::size_t row = 0; row < study.runs.size(); ++row) {
    const Record& record = study.runs.records()[row];
    const double outcome = study.has_outcome ? study.outcome.values[row] : kMissing;
    RecordedResult result{.scores = {}};
    if (!std::isnan(outcome)) result.outcome = outcome;
    for (std::size_t k = 0; k < recordings.size(); ++k) {
      const Recording& recording = recordings[k];
      const int epochs = recording.epochs > 0 ? recording.epochs : all_epochs;
      const double score = recording.fitted      ? fitted[k][row]
                           : recording.estimator ? recording.estimator->score(record, std::max(epochs, 1))
                           : recording.cost      ? -outcome
                                                 : outcome;
      result.scores.push_back(score);
      result.epochs = std::max(result.epochs, static_cast<double>(epochs));
    }
    result.seconds = result.epochs * seconds_per_epoch(study.runs, row);
    for (const int rung : rungs) {
      result.rung_scores.push_back(recordings.front().estimator->score(record, rung));
      if (!std::isfinite(result.rung_scores.back())) break;  // it diverged on the way there
    }
    if (std::ranges::none_of(result.scores, [](double score) { return std::isnan(score); }))
      results.emplace(study.runs.archs()[row], std::move(result));
  }
  if (results.empty())
    throw UsageError("--objective", "expected what the trainings of {} have; none has {}", study.runs.study,
                     recordings.front().name);
  return results;
}

}  // namespace tse
