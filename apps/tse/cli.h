#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tse/base/json.h"
#include "tse/base/option.h"

namespace tse::cli {

/// What every verb is handed: how it was called. A verb is one file: a struct of options, `setup_VERB`, and what runs.
struct Context {
  std::vector<std::string> command_line;  // as typed, the program included
  std::function<int()> run;               // of the verb that was chosen: returns the exit code
};

/// Adds a verb to the program. `Verb` holds its options and has `static constexpr` kName and kSummary,
/// `void setup(CLI::App&)` and `int run(Context&)`.
template <class Verb>
void add_verb(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand(Verb::kName, Verb::kSummary);
  auto state = std::make_shared<Verb>();
  state->setup(*verb);
  verb->callback([state, &context] { context.run = [state, &context] { return state->run(context); }; });
}

/// One flag per option, `--like-this` for `like_this`, with default and range in its help. The options point into an
/// object that must outlive the app.
void add_options(CLI::App& app, const Options& options);

/// The options of other names.
Options without(Options options, std::initializer_list<std::string_view> names);

/// `valid_every` as `--valid-every`.
std::string flag_of(const std::string& option);

/// `tse bench train`.
std::string words_of(const CLI::App& verb);

/// `--json`, as every verb has it.
void add_json(CLI::App& app, bool& json);

/// A line that a person should read, on standard error.
void say(const std::string& line);

/// Exactly one JSON document on standard output.
void print_json(const Json& document);

/// Columns of the terminal on standard output; 0, for no limit, where it is none.
int output_width();

}  // namespace tse::cli
