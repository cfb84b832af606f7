// What a trial of a search costs beside its training: ask, append, claim, record, tell, in a study on disk.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <string>

#include "tse/space/space.h"
#include "tse/store/study_file.h"
#include "tse/study/growth.h"

namespace tse {
namespace {

constexpr int kTrials = 200;

Plan plan_of(const std::string& algo) {
  Plan plan{.verb = "search",
            .space = "nb201:channels=8,cells=1",
            .data = "synthetic",
            .recipe = "nb201",
            .seed = 1,
            .budget = {.epochs = 5},
            .engine = {},
            .estimators = {"tse"},
            .truth = nullptr,
            .command_line = {},
            .manifest = nullptr};
  plan.search =
      SearchPlan{.algo = algo, .budget = std::to_string(kTrials) + "trials", .objectives = {"tse"}, .reuse = false};
  return plan;
}

void search_on_disk(benchmark::State& state, const std::string& algo) {
  const Plan plan = plan_of(algo);
  const std::filesystem::path file = std::filesystem::temp_directory_path() / "growth_bench.tse";
  const Trace trace{.status = TraceStatus::ok,
                    .train_images = 10000,
                    .batch = 128,
                    .step_loss = std::vector<double>(395, 1.0),
                    .seconds = 1,
                    .images = 50000};
  for (auto _ : state) {
    state.PauseTiming();
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + suffix);
    create_sqlite_study(file, to_json(plan), {});
    const auto store = open_sqlite_study(file, Access::write);
    state.ResumeTiming();
    Growth growth(*store, plan,
                  {.domain = Domain(make_space(plan.space)),
                   .scores = [](const Trial& trial) { return std::vector<double>{double(trial.job.seed % 1000)}; },
                   .elapsed = [] { return 0.0; }});
    while (growth.grow()) {
      const auto claim = store->claim(self(), 60);
      store->finish(claim->lease, trace);
    }
  }
  state.counters["per_trial"] =
      benchmark::Counter(kTrials, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + suffix);
}

BENCHMARK_CAPTURE(search_on_disk, random, "random")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search_on_disk, evolution, "evolution")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search_on_disk, local, "local")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search_on_disk, tpe, "tpe")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tse
