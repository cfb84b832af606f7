#include "sample.h"

#include <cmath>
#include <limits>
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

SearchView search() {
  const auto space = make_space("nb201:channels=8,cells=1");
  const std::vector<Arch> archs = sample_unique(*space, 6, 5);
  const double inf = std::numeric_limits<double>::infinity();
  SearchView view{.study = "runs/sample.tse",
                  .space = space->spec(),
                  .data = "fashion-mnist:train=600,valid=100",
                  .split = "600 train, 100 valid",
                  .recipe = "nb201:batch=64",
                  .seed = 3,
                  .epochs = 2,
                  .schedule_epochs = 200,
                  .algo = "evolution",
                  .budget = "6trials",
                  .require = "params<1e6",
                  .objectives = {{.name = "tse-ema"}},
                  .end = "the budget is spent"};
  view.history = {
      {.number = 0, .arch = archs[0], .scores = {-2.0}, .epochs = 2, .seconds = 10},
      {.number = 1, .arch = archs[1], .scores = {-1.5}, .epochs = 2, .seconds = 12},
      {.number = 2, .arch = archs[2], .scores = {-inf}, .status = TraceStatus::diverged, .epochs = 1, .seconds = 5},
      {.number = 3, .arch = archs[3], .scores = {kMissing}, .status = TraceStatus::failed, .epochs = 0, .seconds = 0},
      {.number = 4, .arch = archs[4], .scores = {-1.5}, .epochs = 0, .seconds = 0, .same_as = 1},
      {.number = 5, .arch = archs[5], .scores = {-1.25}, .epochs = 2, .seconds = 11},
  };
  view.params = {1000, 5000, 9000, 4000, 5000, 3000};
  view.finals = {
      {.chosen_by = "tse-ema", .number = 6, .arch = archs[5], .epochs = 3, .status = "ok", .test_accuracy = 0.8125},
      {.chosen_by = "params", .number = 7, .arch = archs[2], .epochs = 3, .status = "diverged"}};
  view.drawing = space->draw(archs[5]);
  view.manifest = {{"version", "0.1.0"}, {"command_line", "tse search --budget 6trials"}};
  return view;
}

SearchView replayed_search() {
  SearchView view = search();
  view.replay = true;
  view.finals.clear();
  view.outcome = Outcome{.name = "test_accuracy", .run = "the same trainings"};
  const std::vector<std::optional<double>> outcomes = {0.80, 0.85, 0.10, std::nullopt, 0.86, 0.84};
  for (std::size_t i = 0; i < outcomes.size(); ++i) view.history[i].outcome = outcomes[i];
  for (const char* algo : {"evolution", "local", "random"}) {
    Contender way{.algo = algo, .objective = "tse-ema", .repeats = 20, .trials = 6, .epochs = 7, .seconds = 3600};
    way.incumbent = 0.84;
    way.incumbent_error = 0.01;
    way.oracle = 0.86;
    way.oracle_error = 0.02;
    way.by_time = true;
    way.curve = {
        {.cost = 360, .incumbent = 0.80, .incumbent_error = 0.01, .oracle = 0.81, .oracle_error = 0.02},
        {.cost = 3600, .incumbent = 0.84, .incumbent_error = 0.01, .oracle = 0.86, .oracle_error = 0.02},
    };
    view.contenders.push_back(std::move(way));
  }
  return view;
}

SearchView front_search() {
  SearchView view = search();
  view.objectives.push_back({.name = "params", .cost = true});
  for (std::size_t i = 0; i < view.history.size(); ++i) {
    const bool failed = view.history[i].status == TraceStatus::failed;
    view.history[i].scores.push_back(failed ? kMissing : -static_cast<double>(view.params[i]));
  }
  view.front = {0, 5};
  view.hypervolume = 1500;
  return view;
}

OneShotView one_shot() {
  const auto space = make_space("nb201:channels=8,cells=1");
  const std::vector<Arch> archs = sample_unique(*space, 3, 5);
  OneShotView view{.study = "runs/sample.tse",
                   .space = space->spec(),
                   .data = "fashion-mnist:train=600,valid=100",
                   .split = "600 train, 100 valid",
                   .recipe = "oneshot",
                   .candidate_recipe = "candidate",
                   .sampler = "fair",
                   .seed = 3,
                   .supernets = 2,
                   .trained = 2,
                   .epochs = 100,
                   .batches = {100, 300},
                   .estimators = {"tse", "valid-accuracy"},
                   .scored = 5};
  view.candidates = {
      {.arch = archs[0], .params = 9000, .scores = {-100, -110}, .score = -105, .outcome = 94.0},
      {.arch = archs[1], .params = 5000, .scores = {-120, -130}, .score = -125, .outcome = std::nullopt},
      {.arch = archs[2], .params = 1000, .scores = {-150, kMissing}, .score = -150, .outcome = 88.0},
  };
  view.outcome = Outcome{.name = "test_accuracy", .run = "trainings from scratch"};
  const auto agreement = [](const char* score, int batches, std::vector<double> spearman) {
    OneShotAgreement each{.score = score, .batches = batches, .candidates = 2, .spearman = std::move(spearman)};
    for (const double value : each.spearman) {
      each.intervals.push_back({.low = value - 0.1, .high = value + 0.1});
      each.kendall.push_back(0.8 * value);
      each.top.push_back(90 + value);
    }
    return each;
  };
  view.agreements = {agreement("tse", 100, {0.70, 0.80}), agreement("tse", 300, {0.74, 0.82}),
                     agreement("valid-accuracy", 100, {0.4, 0.6}), agreement("valid-accuracy", 300, {0.5, 0.5})};
  view.references = {agreement("params", 0, {0.73}), agreement("synflow", 0, {0.77})};
  view.oracle = 94.2;
  view.all = 91;
  view.files = {"runs/sample.tse.checkpoints/trial-0.ckpt", "runs/sample.tse.checkpoints/trial-1.ckpt"};
  view.drawing = space->draw(archs[0]);
  view.manifest = {{"version", "0.1.0"}, {"command_line", "tse oneshot --sampler fair"}};
  return view;
}

namespace {

// Chosen are the picks, each with a quarter more at every epoch; the other options share the rest.
Found found(const Space& space, int epoch, const Picks& picks) {
  const double share = 0.25 * epoch;
  Found result{.epoch = epoch, .arch = space.arch_of(picks).text};
  const std::vector<Place>& places = space.choices()->places();
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::size_t options = places[i].options.size();
    result.shares.emplace_back(options, (1 - share) / static_cast<double>(options - 1));
    result.shares.back()[static_cast<std::size_t>(picks[i])] = share;
  }
  return result;
}

}  // namespace

DifferentiateView differentiate() {
  const auto space = make_space("nb201:channels=8,cells=1");
  const Picks first = {2, 3, 2, 3, 4, 3};  // no skip connection, which is option 1
  const Picks second = {2, 3, 1, 3, 4, 3};
  const Picks third = {3, 1, 1, 2, 3, 3};
  const auto run = [&](int number, const std::vector<Picks>& picks) {
    DifferentiateRun made{.number = number, .seed = number % 2, .status = TraceStatus::ok, .seconds = 60};
    for (const Picks& each : picks) made.found.push_back(found(*space, static_cast<int>(made.found.size()) + 1, each));
    made.drawing = space->draw({made.found.back().arch});
    return made;
  };
  DifferentiateMethod speed{.name = "darts-tse:steps=50", .recipe = "darts"};
  speed.runs = {run(0, {first, second, second}), run(1, {third, second, third})};
  speed.runs[0].outcomes = {92.0, 93.0, 93.5};
  speed.runs[0].skips = {0, 1, 1};
  speed.runs[0].entropies = {1.5, 1.2, 0.9};
  speed.runs[1].outcomes = {91.0, std::nullopt, 92.5};
  speed.runs[1].skips = {2, 1, 2};
  speed.runs[1].entropies = {1.5, 1.3, 1.1};
  DifferentiateMethod drawn{.name = "drnas", .recipe = "drnas"};
  drawn.runs = {run(2, {third, third, first}), run(3, {third})};
  drawn.runs[0].outcomes = {90.0, 91.0, 94.0};
  drawn.runs[0].skips = {2, 2, 0};
  drawn.runs[0].entropies = {1.6, 1.5, 1.4};
  drawn.runs[1].status = TraceStatus::running;
  drawn.runs[1].outcomes = {88.0};
  drawn.runs[1].skips = {2};
  drawn.runs[1].entropies = {1.6};
  return {.study = "runs/sample.tse",
          .space = space->spec(),
          .data = "fashion-mnist:train=600,valid=100",
          .split = "600 train, 100 valid",
          .seed = 3,
          .seeds = 2,
          .epochs = 3,
          .places = space->choices()->places(),
          .methods = {speed, drawn},
          .outcome = Outcome{.name = "test_accuracy", .run = "trainings from scratch"},
          .random = 89.5,
          .largest = 93.25,
          .best = 94.5,
          .manifest = {{"version", "0.1.0"}, {"command_line", "tse differentiate --method darts-tse"}}};
}

}  // namespace tse::sample
