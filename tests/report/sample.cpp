#include "sample.h"

#include <cmath>
#include <string>

#include "tse/base/random.h"
#include "tse/space/graph.h"
#include "tse/space/space.h"

namespace tse::sample {

std::vector<Trial> trials(const Options& options) {
  const auto space = make_space("nb201:channels=8,cells=1");
  Stream random(7);
  std::vector<Trial> list;
  for (const Arch& arch : sample_unique(*space, options.trials, 3)) {
    const double size = std::log10(static_cast<double>(parameters(space->lower(arch, Task{}))));
    const double level = 1.9 - 0.28 * (size - 3.5) + 0.18 * random.unit();
    Trial trial;
    trial.state = TrialState::finished;
    trial.job.number = static_cast<int>(list.size());
    trial.job.space = space->spec();
    trial.job.arch = arch;
    trial.job.data = "fashion-mnist:train=10000";
    trial.job.seed = 40 + list.size();
    trial.job.recipe.batch = 250;
    trial.job.budget.epochs = options.epochs;
    Trace& trace = trial.trace;
    trace.status = TraceStatus::ok;
    trace.batch = 250;
    trace.train_images = 250 * options.steps;
    for (int step = 0; step < options.epochs * options.steps; ++step) {
      const double done = static_cast<double>(step) / options.steps;
      trace.step_loss.push_back(level + (2.35 - level) * std::exp(-4 * done) * (1 + 0.05 * random.unit()) +
                                0.15 * (random.unit() - 0.5));
    }
    trace.images = static_cast<std::int64_t>(trace.train_images) * options.epochs;
    trace.seconds = 4 + 6 * random.unit();
    if (options.outcome)
      trace.evaluations.push_back({"test", options.epochs, level, 1.25 - 0.45 * level + 0.04 * random.unit()});
    list.push_back(trial);
  }
  if (options.trouble && options.trials > 3) {
    Trace& diverged = list[2].trace;
    diverged.step_loss.resize(diverged.step_loss.size() / 2);
    diverged.step_loss.back() = std::nan("");
    diverged.status = TraceStatus::diverged;
    diverged.reason = "loss not finite at step " + std::to_string(diverged.step_loss.size() - 1);
    diverged.evaluations.clear();
    Trace& failed = list[3].trace;
    failed = Trace{};
    failed.status = TraceStatus::failed;
    failed.reason = "worker killed by signal 9 three times";
  }
  return list;
}

Ranking ranking(const Options& options) {
  RankingOptions wanted;
  wanted.study = "runs/sample.tse";
  wanted.split = "10000 train, 5000 valid, 10000 test";
  wanted.recipe = "nb201:batch=250";
  wanted.estimators = {"tse-ema", "tse", "tse-e:epochs=1"};
  wanted.manifest = {
      {"version", "0.1.0"},
      {"cpu", "a processor with two cores"},
      {"libraries", {{"libtorch", "1.13.1"}, {"oneDNN", "2.6"}}},
      {"command", "tse rank --space nb201:channels=8,cells=1 --data fashion-mnist:train=10000 --archs 24"}};
  return make_ranking(trials(options), *make_space("nb201:channels=8,cells=1"), Task{}, wanted);
}

}  // namespace tse::sample
