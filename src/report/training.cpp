#include "tse/report/training.h"

#include <fmt/format.h>

#include <cmath>

#include "tse/base/table.h"
#include "tse/report/ranking_json.h"
#include "tse/report/units.h"

namespace tse {
namespace {

using Align = TextTable::Align;

/// The value at an epoch, or a dash.
std::string at(const std::vector<double>& curve, std::size_t index, double scale, int decimals) {
  return index < curve.size() ? fixed_text(curve[index] * scale, decimals) : "-";
}

}  // namespace

std::string training_text(const Ranking& ranking) {
  const RankedTrial& ranked = ranking.trials.at(0);
  const Trace& trace = ranked.trial.trace;
  const std::vector<double> train = epoch_losses(trace);
  const std::vector<double> valid_loss = evaluation_curve(trace, "valid", "loss");
  const std::vector<double> valid = evaluation_curve(trace, "valid", "accuracy");
  const std::vector<double> test = evaluation_curve(trace, "test", "accuracy");
  TextTable table({{"epoch", Align::right},
                   {"train loss", Align::right},
                   {"valid loss", Align::right},
                   {"valid %", Align::right},
                   {"test %", Align::right}});
  for (std::size_t i = 0; i < train.size(); ++i) {
    table.add({std::to_string(i + 1), fixed_text(train[i], 4), at(valid_loss, i, 1, 4), at(valid, i, 100, 2),
               at(test, i, 100, 2)});
  }
  std::string text =
      fmt::format("{}\n{} on {}: {}\n{} parameters, {} MACs, recipe {}, seed {}\n\n{}\n", ranked.trial.job.arch.text,
                  ranking.space, ranking.data, ranking.split, count_text(ranked.params), count_text(ranked.macs),
                  ranking.recipe, ranking.seed, table.text());
  text += fmt::format("{}{} after {}, {}, {:.0f} images/s\n", to_text(trace.status),
                      trace.reason.empty() ? "" : " (" + trace.reason + ")", plural(epochs(trace), "epoch"),
                      duration_text(trace.seconds),
                      trace.seconds > 0 ? static_cast<double>(trace.images) / trace.seconds : 0.0);
  if (!test.empty() && !std::isnan(test.back())) text += fmt::format("test accuracy {}\n", fixed_text(test.back(), 4));
  return text;
}

Json training_json(const Ranking& ranking, bool step_losses) {
  const Json whole = to_json(ranking, step_losses);
  Json object = Json::object();
  for (const char* key : {"study", "space", "data", "split", "seed", "recipe", "schedule_epochs"})
    object[key] = whole.at(key);
  for (const auto& [key, value] : whole.at("trials").at(0).items()) object[key == "seed" ? "trial_seed" : key] = value;
  const std::vector<double> test = evaluation_curve(ranking.trials.at(0).trial.trace, "test", "accuracy");
  object["final_test_accuracy"] = test.empty() ? Json(nullptr) : finite_or_null(test.back());
  return object;
}

}  // namespace tse
