// The command line. It knows no libtorch, whose loading alone takes most of a second: what touches tensors runs in the
// engine, tse-torch, which it starts.

#include <algorithm>

#include "cli.h"
#include "tse/base/error.h"
#include "tse/base/program.h"
#include "tse/base/text.h"
#include "tse/version.h"
#include "verbs/bench.h"
#include "verbs/budget.h"
#include "verbs/data.h"
#include "verbs/differentiate.h"
#include "verbs/evaluate.h"
#include "verbs/export.h"
#include "verbs/facts.h"
#include "verbs/import.h"
#include "verbs/oneshot.h"
#include "verbs/rank.h"
#include "verbs/score.h"
#include "verbs/search.h"
#include "verbs/space.h"
#include "verbs/studies.h"
#include "verbs/train.h"

namespace tse::cli {
namespace {

/// A shell's variable that was empty is no way to say "none".
void expect_values(const CLI::App& app) {
  for (const CLI::Option* option : app.get_options()) {
    if (std::ranges::any_of(option->results(), &std::string::empty)) {
      throw UsageError(option->get_name(), "expected a value; got an empty one");
    }
  }
  for (const CLI::App* verb : app.get_subcommands()) expect_values(*verb);
}

/// Of a verb, and of what a verb has below it.
void expect_known_verbs(const CLI::App& app, const std::vector<std::string>& words) {
  const CLI::App* above = &app;
  std::string place = "tse";
  for (const std::string& word : words) {
    std::vector<std::string> verbs;
    for (const CLI::App* verb : above->get_subcommands([](const CLI::App*) { return true; }))
      verbs.push_back(verb->get_name());
    if (verbs.empty() || word.starts_with('-')) return;
    if (std::ranges::find(verbs, word) == verbs.end()) throw UsageError(place, "{}", unknown_name("verb", word, verbs));
    above = above->get_subcommand(word);
    place += " " + word;
  }
}

/// Names the first word that no verb on the command line knows.
[[noreturn]] void refuse_extras(const CLI::App& app, const std::vector<std::string>& words) {
  const CLI::App* verb = &app;
  while (!verb->get_subcommands().empty()) verb = verb->get_subcommands().front();
  const std::vector<std::string> extras = app.remaining(true);
  const auto first = std::ranges::find_if(
      words, [&](const std::string& word) { return std::ranges::find(extras, word) != extras.end(); });
  const std::string word = first == words.end() ? extras.front() : *first;
  std::vector<std::string> known;
  for (const CLI::Option* option : verb->get_options()) known.push_back(option->get_name());
  if (word.starts_with('-')) throw UsageError(words_of(*verb), "{}", unknown_name("option", word, known));
  throw UsageError(words_of(*verb), "expected no '{}' there; see {} --help", word, words_of(*verb));
}

int run(int argc, char** argv) {
  Context context;
  for (int i = 0; i < argc; ++i) context.command_line.push_back(printable(argv[i]));
  CLI::App app("Find good neural networks by how fast they learn (training speed estimation, arXiv 2006.04492).",
               "tse");
  app.set_version_flag("--version", kVersion);
  app.require_subcommand(1);
  add_verb<RankVerb>(app, context);
  add_verb<OneShotVerb>(app, context);
  add_verb<DifferentiateVerb>(app, context);
  add_verb<SearchVerb>(app, context);
  add_verb<TrainVerb>(app, context);
  add_verb<ImportVerb>(app, context);
  add_verb<ScoreVerb>(app, context);
  add_verb<ResumeVerb>(app, context);
  add_verb<StatusVerb>(app, context);
  add_verb<ReportVerb>(app, context);
  add_verb<EvaluateVerb>(app, context);
  add_verb<BudgetVerb>(app, context);
  add_verb<ExportVerb>(app, context);
  add_verb<InfoVerb>(app, context);
  add_verb<ListVerb>(app, context);
  add_verb<DataVerb>(app, context);
  add_verb<SpaceVerb>(app, context);
  add_verb<BenchVerb>(app, context);
  app.footer("Exit codes: 0 done, 1 a bug, 2 wrong usage, 3 bad data or a full disk, 4 interrupted and resumable.");
  expect_known_verbs(app, {argv + 1, argv + argc});
  try {
    app.parse(argc, argv);
  } catch (const CLI::ExtrasError&) {
    refuse_extras(app, {argv + 1, argv + argc});
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // help and version
    throw UsageError("tse", "{}; see --help", error.what());
  }
  expect_values(app);
  return context.run();
}

}  // namespace
}  // namespace tse::cli

int main(int argc, char** argv) {
  return tse::run_program("tse", [&] { return tse::cli::run(argc, argv); });
}
