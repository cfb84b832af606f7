// What a searcher adds to a trial: ask and tell, over the first 200 trials on NAS-Bench-201, with scores without
// meaning. The rate is of trials; nothing is trained and nothing stored.

#include <benchmark/benchmark.h>

#include "tse/search/searcher.h"

namespace tse {
namespace {

constexpr int kTrials = 200;

void search(benchmark::State& state, const std::string& name) {
  const auto algorithm = make_algorithm(name);
  const Domain domain(make_space("nb201"));
  std::uint64_t seed = 0;
  for (auto _ : state) {
    const auto searcher = algorithm->begin(domain, seed++);
    for (int trial = 0; trial < kTrials; ++trial) {
      const Arch arch = searcher->ask().value();
      searcher->tell({.arch = arch, .scores = {static_cast<double>(derive_seed(0, arch.text) % 1000)}});
    }
  }
  state.SetItemsProcessed(state.iterations() * kTrials);
}

/// Each searcher once, those whose cost depends on a setting with it too.
const bool kRegistered = [] {
  std::vector<std::string> names = algorithms().names();
  names.insert(names.end(), {"tpe:repeat=0", "tpe:repeat=0,multivariate=1"});
  for (const std::string& name : names) {
    const auto run = [name](benchmark::State& state) { search(state, name); };
    benchmark::RegisterBenchmark(("BM_Search/" + name).c_str(), run)->Unit(benchmark::kMillisecond);
  }
  return true;
}();

}  // namespace
}  // namespace tse
