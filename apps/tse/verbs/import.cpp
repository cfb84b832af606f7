#include "verbs/import.h"

#include <fmt/format.h>

#include <chrono>
#include <iostream>

#include "tse/base/cores.h"
#include "tse/base/error.h"
#include "tse/report/imported.h"
#include "tse/store/curve_study.h"
#include "tse/table/curve_csv.h"
#include "tse/table/nb301.h"
#include "tse/table/nds.h"
#include "tse/workflow/manifest.h"
#include "tse/workflow/run.h"

namespace tse::cli {
namespace {

constexpr const char* kPlace = "tse import";

/// A line about every ten seconds.
class Progress {
 public:
  void operator()(std::size_t done, std::size_t total) {
    const auto now = Clock::now();
    if (now - told_ < std::chrono::seconds(10)) return;
    told_ = now;
    std::cerr << fmt::format("read {} of {} files\n", done, total);
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point told_ = Clock::now();
};

/// Makes the study, or finds that it is there already, of the same table.
void store(const std::filesystem::path& file, const CurveTable& table, const Context& context) {
  std::error_code ignored;  // creating the file says better what is wrong
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), ignored);
  if (!std::filesystem::exists(file, ignored)) {
    create_curve_study(
        file, table,
        {{"version", 1}, {"verb", "import"}, {"command_line", context.command_line}, {"manifest", manifest()}});
    return;
  }
  if (!holds_curves(file))
    throw UsageError(file.string(), "expected a study of imported curves; the file holds trainings of its own");
  if (CurveStudy(file).contents() != contents_of(table))
    throw UsageError(file.string(), "expected a study of these curves; the file holds others: give a new name");
}

}  // namespace

void ImportVerb::setup(CLI::App& app) {
  app.add_option("curves", curves,
                 "METRIC=FILE.csv, columns arch,e1,…,eN; metrics are {train,valid,test}_{loss,accuracy,error}");
  app.add_option("--study", study, "file of the study to make; without it a new one under runs/");
  app.add_option("--outcome", outcome,
                 "FILE.csv:COLUMN[:lower], what the architectures are ranked against; with --nats, --nb301 or --nds a "
                 "column[:lower], by default the final accuracy or error on the test split");
  app.add_option("--nats", nats, "folder of NATS-Bench files (NNNNNN.pickle.pbz2), instead of CSV files");
  app.add_option("--nb301", nb301, "folder of NAS-Bench-301's logs (results_N.json, in folders below it too)");
  app.add_option("--dataset", request.dataset, "with --nats: cifar10-valid, cifar10, cifar100 or ImageNet16-120");
  app.add_option("--hp", request.hp, "with --nats: the recipe, by its epochs: 12 or 200; size space: 01, 12 or 90");
  app.add_option("--run", request.run, "with --nats: the training's seed, or mean, of all that a cell has");
  app.add_option("--valid-split", request.valid_split,
                 "with --nats: what the valid_ metrics are of; by default x-valid where the data set has it");
  app.add_option("--test-split", request.test_split,
                 "with --nats: what the test_ metrics are of: x-test or ori-test; by default ori-test on CIFAR-10");
  app.add_option("--nds", nds, "file of NDS (ResNet.json), instead of CSV files");
  add_json(app, json);
  app.footer(
      "Blank cells, nan and NA are numbers that were not recorded; files may be packed (.gz, .xz, .bz2). Rows are the\n"
      "architectures of all curves; without curves the study is a table of outcomes.\n\n"
      "  tse import --study lm.tse train_loss=train_loss.csv valid_loss=valid_loss.csv --outcome "
      "final.csv:test_loss:lower\n"
      "  tse import --study c10.tse --nats NATS-tss-v1_0-3ffb9-simple --dataset cifar10-valid --hp 200 --run mean\n"
      "  tse import --study darts.tse --nb301 nb_301_v13_lc_iclr_final/rs\n"
      "  tse import --study resnet.tse --nds ResNet.json");
}

CurveTable ImportVerb::read() const {
  if (!curves.empty() + !nats.empty() + !nb301.empty() + !nds.empty() > 1)
    throw UsageError(kPlace, "expected CSV files, --nats, --nb301 or --nds; got more than one of them");
  const std::string given = request.dataset + request.hp + request.run + request.valid_split + request.test_split;
  if (nats.empty() && !given.empty())
    throw UsageError(kPlace, "expected --nats with --dataset, --hp, --run, --valid-split and --test-split; got none");
  if (!nds.empty()) return read_nds(nds, outcome);
  if (!nb301.empty()) return read_nb301(nb301, outcome, Progress());
  if (!nats.empty()) {
    NatsRequest all = request;
    all.outcome = outcome;
    return read_nats(nats, all, {.threads = available_cores(), .progress = Progress()});
  }
  std::vector<CurveFile> files;
  for (const std::string& text : curves) files.push_back(parse_curve_file(text, kPlace));
  if (outcome.empty()) return read_curve_files(files, std::nullopt);
  return read_curve_files(files, parse_outcome_name(outcome, kPlace));
}

int ImportVerb::run(Context& context) {
  const CurveTable table = read();
  const std::filesystem::path file = study.empty() ? new_study_name(kName) : std::filesystem::path(study);
  store(file, table, context);
  std::cerr << fmt::format("study {}\n", file.string());
  const CurveContents contents = contents_of(table);
  if (json) {
    print_json(imported_json(file.string(), contents));
  } else {
    std::cout << imported_text(file.string(), contents);
  }
  return kExitDone;
}

}  // namespace tse::cli
