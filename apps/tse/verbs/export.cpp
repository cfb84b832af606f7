#include "verbs/export.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <optional>

#include "tse/base/error.h"
#include "tse/base/path.h"
#include "tse/base/write.h"
#include "tse/exec/process.h"
#include "tse/exec/programs.h"
#include "tse/store/codec.h"
#include "tse/store/curve_study.h"
#include "tse/study/export.h"
#include "tse/study/growth.h"
#include "tse/study/runs.h"
#include "tse/workflow/present.h"
#include "tse/workflow/run.h"
#include "tse/workflow/search_view.h"

namespace tse::cli {
namespace {

/// Says what was made, in a line or as the part of a document that is returned.
Json told(const std::string& made, const Exported& exported, const char* left, bool json) {
  if (!json) {
    fmt::print("{}: {} trainings", made, exported.trials);
    if (exported.left > 0) fmt::print("; left out are {} that {}", exported.left, left);
    fmt::print(".\n");
  }
  return {{"file", made}, {"trials", exported.trials}, {"left", exported.left}};
}

void tell_network(const Json& made) {
  std::string files;
  for (const Json& file : made.at("files")) files += (files.empty() ? "" : ", ") + file.get<std::string>();
  fmt::print("{}: trial {}, {}, {} parameters; {}", files, made.at("trial").get<int>(),
             made.at("arch").get<std::string>(), made.at("parameters").get<std::int64_t>(),
             made.at("checked").get<std::string>());
  if (!made.at("difference").is_null())
    fmt::print(": the logits of {} random images differ by {:.1e} of the largest", made.at("images").get<int>(),
               made.at("difference").get<double>());
  fmt::print(".\n");
}

}  // namespace

void ExportVerb::setup(CLI::App& app) {
  app.add_option("study", study, "file of the study")->required();
  app.add_option("--to", to, "new study file: the finished trials alone, without this machine's folders and hosts");
  app.add_option("--csv", csv,
                 "folder for one table per metric, as tse import reads them, and final.csv; of imported curves too");
  app.add_option("--model", model,
                 "file for a network that kept its weights: .pt is TorchScript, .onnx is ONNX, .py is PyTorch source "
                 "with the weights beside it as .safetensors; input are images with pixels in [0, 1]");
  add_options(app, {{"trial", &trial, "whose network, -1 is the best of the study", at_least(-1)}});
  app.add_option("--sample", sample,
                 "with --model, a .safetensors of random images and our own network's logits for them, to check what "
                 "runs the file");
  add_json(app, json);
}

int ExportVerb::chosen_trial() const {
  if (trial >= 0) return trial;
  const OpenStudy open = open_to_read(study, {.note = say});
  if (open.plan.differentiate)
    throw UsageError("--model",
                     "expected a study of trainings: what a differentiable search found is trained first, by "
                     "tse train and the command that tse report prints");
  const auto end = search_end(*open.store);
  if (end && open.store->count() > end->trials) return end->trials;  // the winner, trained to the end
  const auto none = [&] {
    return DataError(study, "expected a finished training; none is. Go on with: tse resume {}", study);
  };
  if (open.plan.verb == "search") {
    const SearchHistory history = search_view(*open.store, open.plan, study).history;
    const auto best = incumbent(history);
    if (!best) throw none();
    return history[*best].same_as.value_or(history[*best].number);
  }
  const Ranking ranking = ranking_of(*open.store, open.plan, study);
  if (ranking.order.empty()) throw none();
  return ranking.trials[static_cast<std::size_t>(ranking.order.front())].trial.job.number;
}

int ExportVerb::export_network(Json& made) const {
  const Json request = {{"study", study}, {"trial", chosen_trial()}, {"model", model}, {"sample", sample}};
  const Finished engine =
      run_to_end(find_program("tse-torch"), {"export", json_line(request, "--model")}, {.errors = false});
  constexpr int kNotLoaded = 127;  // what the loader of libraries ends with, for want of memory or of one of them
  if (WIFEXITED(engine.status) && WEXITSTATUS(engine.status) == kNotLoaded)
    throw DataError("tse-torch", "could not be loaded: too little memory, or a library is missing");
  if (WIFEXITED(engine.status) && WEXITSTATUS(engine.status) != kExitDone) return WEXITSTATUS(engine.status);
  if (engine.status != 0) throw DataError("tse-torch", "ended before it was done: {}", describe_status(engine.status));
  made = parse_json(engine.output, "tse-torch");
  if (!json) tell_network(made);
  return kExitDone;
}

int ExportVerb::run(Context& /*context*/) {
  if (to.empty() && csv.empty() && model.empty())
    throw UsageError("export", "expected --to FILE, --csv DIR or --model FILE, or several of them");
  if (model.empty() && (!sample.empty() || trial != -1))
    throw UsageError("export", "expected --model FILE with --trial and --sample");
  if (!model.empty() && holds_curves(study))
    throw UsageError(study, "expected a study of trainings for --model; imported curves come without networks");
  if (!to.empty() && holds_curves(study))
    throw UsageError(study,
                     "expected a study of trainings for --to; imported curves are whole as they are: copy the file");
  Json made = {{"study", study}};
  // whatever can be wrong is, before the first of the files is there
  std::optional<Runs> curves;
  if (!csv.empty()) expect_new_curves(curves.emplace(read_runs(study)), csv);
  std::optional<OpenStudy> open;
  if (!to.empty()) {
    open.emplace(open_to_read(study, {.note = say}));
    expect_over(*open->store, open->plan);
    expect_no_file(to);
    if (const auto folder = absolute_path(to, "--to").parent_path(); !is_folder(folder))
      throw DataError(to, "there is no folder {}", folder.string());
  }
  if (!model.empty()) {
    if (const int code = export_network(made["model"]); code != kExitDone) return code;
  }
  if (curves) made["csv"] = told(csv, export_curves(*curves, csv), "failed or are not finished", json);
  if (open) made["to"] = told(to, export_study(*open->store, open->plan, to), "are not finished", json);
  if (json) print_json(made);
  return kExitDone;
}

}  // namespace tse::cli
