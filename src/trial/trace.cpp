#include "tse/trial/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "tse/base/error.h"
#include "tse/base/missing.h"

namespace tse {
namespace {

constexpr std::array<std::pair<TraceStatus, std::string_view>, 5> kStatusNames = {{
    {TraceStatus::running, "running"},
    {TraceStatus::ok, "ok"},
    {TraceStatus::diverged, "diverged"},
    {TraceStatus::failed, "failed"},
    {TraceStatus::stopped, "stopped"},
}};

Json scores_json(const std::vector<StaticScore>& scores) {
  Json list = Json::array();
  for (const StaticScore& score : scores) {
    list.push_back(
        {{"name", score.name}, {"value", score.value}, {"reason", score.reason}, {"seconds", score.seconds}});
  }
  return list;
}

std::vector<StaticScore> scores_from_json(const Json& object, std::string_view place) {
  const Json list = member<Json>(object, "scores", place);
  if (!list.is_array()) throw DataError(place, "expected 'scores' to be an array; got {}", list.type_name());
  std::vector<StaticScore> scores;
  for (const Json& item : list) {
    scores.push_back({.name = member<std::string>(item, "name", place),
                      .value = member<double>(item, "value", place),
                      .reason = member<std::string>(item, "reason", place),
                      .seconds = member<double>(item, "seconds", place)});
  }
  return scores;
}

}  // namespace

std::string_view to_text(TraceStatus status) {
  return std::ranges::find(kStatusNames, status, &decltype(kStatusNames)::value_type::first)->second;
}

TraceStatus parse_status(std::string_view text, std::string_view place) {
  const auto* found = std::ranges::find(kStatusNames, text, &decltype(kStatusNames)::value_type::second);
  if (found == kStatusNames.end())
    throw DataError(place, "expected running, ok, diverged, failed or stopped; got '{}'", text);
  return found->first;
}

int steps_per_epoch(int train_images, int batch) {
  if (batch <= 0) return 0;
  return train_images / batch + (train_images % batch != 0 ? 1 : 0);
}

int steps_per_epoch(const Trace& trace) { return steps_per_epoch(trace.train_images, trace.batch); }

int batch_images(int train_images, int batch, std::size_t step) {
  const auto steps = static_cast<std::size_t>(steps_per_epoch(train_images, batch));
  const bool last = step % steps == steps - 1;
  return last ? train_images - batch * static_cast<int>(steps - 1) : batch;
}

int batch_images(const Trace& trace, std::size_t step) { return batch_images(trace.train_images, trace.batch, step); }

int epochs(const Trace& trace) {
  const int steps = steps_per_epoch(trace);
  return steps == 0 ? 0 : static_cast<int>(trace.step_loss.size()) / steps;
}

std::vector<double> epoch_losses(const Trace& trace) {
  const auto steps = static_cast<std::size_t>(steps_per_epoch(trace));
  std::vector<double> means;
  for (std::size_t first = 0; steps > 0 && first + steps <= trace.step_loss.size(); first += steps) {
    double sum = 0;
    for (std::size_t step = first; step < first + steps; ++step)
      sum += trace.step_loss[step] * batch_images(trace, step);
    means.push_back(sum / trace.train_images);
  }
  return means;
}

std::vector<double> evaluation_curve(const Trace& trace, std::string_view split, std::string_view metric) {
  std::vector<double> curve;
  for (const Evaluation& evaluation : trace.evaluations) {
    if (evaluation.split != split || evaluation.epoch < 1) continue;
    const auto length = static_cast<std::size_t>(evaluation.epoch);
    if (curve.size() < length) curve.resize(length, kMissing);
    curve[length - 1] = metric == "loss" ? evaluation.loss : evaluation.accuracy;
  }
  return curve;
}

std::optional<double> own_outcome(const Trace& trace, int epochs, int classes) {
  for (const Evaluation& evaluation : trace.evaluations)
    if (evaluation.split == "test" && evaluation.epoch == epochs) return evaluation.accuracy;
  if (trace.status == TraceStatus::diverged) return 1.0 / classes;
  return std::nullopt;
}

std::optional<OwnOutcomes> own_outcomes(const std::vector<const Trace*>& traces, int epochs, int classes) {
  OwnOutcomes outcomes;
  int measured = 0;
  int guessing = 0;
  for (const Trace* trace : traces) {
    outcomes.values.push_back(trace == nullptr ? std::nullopt : own_outcome(*trace, epochs, classes));
    if (outcomes.values.back()) ++(trace->status == TraceStatus::diverged ? guessing : measured);
  }
  if (measured == 0) return std::nullopt;
  outcomes.source = fmt::format("the same trainings, after {} epoch{}", epochs, epochs == 1 ? "" : "s");
  if (guessing > 0) outcomes.source += fmt::format(" (chance level for {} that diverged)", guessing);
  return outcomes;
}

Json to_json(const Trace& trace) {
  Json evaluations = Json::array();
  for (const Evaluation& e : trace.evaluations) {
    evaluations.push_back({{"split", e.split}, {"epoch", e.epoch}, {"loss", e.loss}, {"accuracy", e.accuracy}});
  }
  Json object = {{"status", to_text(trace.status)},    {"reason", trace.reason},
                 {"train_images", trace.train_images}, {"batch", trace.batch},
                 {"step_loss", trace.step_loss},       {"evaluations", std::move(evaluations)},
                 {"seconds", trace.seconds},           {"images", trace.images}};
  if (!trace.output_loss.empty()) object["output_loss"] = trace.output_loss;
  if (!trace.scores.empty()) object["scores"] = scores_json(trace.scores);
  if (!trace.found.empty()) {
    Json& found = object["found"] = Json::array();
    for (const Found& each : trace.found)
      found.push_back({{"epoch", each.epoch}, {"arch", each.arch}, {"shares", each.shares}});
  }
  return object;
}

Trace trace_from_json(const Json& object, std::string_view place) {
  Trace trace{.status = parse_status(member<std::string>(object, "status", place), place),
              .reason = member<std::string>(object, "reason", place),
              .train_images = member<int>(object, "train_images", place),
              .batch = member<int>(object, "batch", place),
              .step_loss = member<std::vector<double>>(object, "step_loss", place),
              .output_loss = object.contains("output_loss") ? member<std::vector<double>>(object, "output_loss", place)
                                                            : std::vector<double>{},
              .evaluations = {},
              .seconds = member<double>(object, "seconds", place),
              .images = member<std::int64_t>(object, "images", place),
              .scores = object.contains("scores") ? scores_from_json(object, place) : std::vector<StaticScore>{}};
  if (trace.train_images < 0 || trace.batch < 0) throw DataError(place, "expected sizes that are not negative");
  const Json evaluations = member<Json>(object, "evaluations", place);
  if (!evaluations.is_array())
    throw DataError(place, "expected 'evaluations' to be an array; got {}", evaluations.type_name());
  for (const Json& item : evaluations) {
    trace.evaluations.push_back({.split = member<std::string>(item, "split", place),
                                 .epoch = member<int>(item, "epoch", place),
                                 .loss = member<double>(item, "loss", place),
                                 .accuracy = member<double>(item, "accuracy", place)});
    const int epoch = trace.evaluations.back().epoch;
    if (epoch < 0 || epoch > 1000000) throw DataError(place, "expected epoch in [0, 1000000]; got {}", epoch);
  }
  if (object.contains("found")) {
    for (const Json& item : member<Json>(object, "found", place))
      trace.found.push_back({.epoch = member<int>(item, "epoch", place),
                             .arch = member<std::string>(item, "arch", place),
                             .shares = member<std::vector<std::vector<double>>>(item, "shares", place)});
  }
  check_output_loss(trace, place);
  check_found(trace.found, place);
  return trace;
}

void check_output_loss(const Trace& trace, std::string_view place) {
  if (trace.output_loss.empty() || trace.output_loss.size() == trace.step_loss.size()) return;
  throw DataError(place, "expected a loss of the output for each of {} steps; got {}", trace.step_loss.size(),
                  trace.output_loss.size());
}

void check_found(const std::vector<Found>& found, std::string_view place) {
  int before = 0;
  for (const Found& each : found) {
    if (each.epoch <= before) throw DataError(place, "expected epochs that rise, from 1; got {}", each.epoch);
    before = each.epoch;
    for (const std::vector<double>& shares : each.shares) {
      for (const double share : shares)
        if (!(share >= 0 && share <= 1)) throw DataError(place, "expected shares in [0, 1]; got {}", share);
    }
  }
}

}  // namespace tse
