#include "score_jobs.h"

#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <string>

#include "tse/base/error.h"
#include "tse/data/data.h"
#include "tse/proxy/score.h"

namespace tse::engine {

int run_score_jobs() {
  std::unique_ptr<const DataSet> data;
  std::string of;
  for (std::string line; std::getline(std::cin, line);) {
    const Job job = job_from_json(parse_json(line, "standard input"), "standard input");
    if (!data || of != job.data) {
      data = std::make_unique<const DataSet>(make_data(job.data)->load(job.recipe.valid_fraction));
      of = job.data;
    }
    torch::set_num_threads(job.engine.threads);
    const Trace trace = score(job, *data, {.observer = {}, .scalar_type = torch::kFloat});
    std::cout << fmt::format("{}\n", trace.scores.at(0).value) << std::flush;
  }
  return kExitDone;
}

}  // namespace tse::engine
