#include "cli.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "tse/report/progress.h"

namespace tse::cli {
namespace {

std::string help_text(const Option& option) {
  const std::string rule = rule_text(option);
  const std::string value = value_text(option);
  return fmt::format("{}{}{}{}", option.help, rule.empty() ? "" : ", " + rule, value.empty() ? "" : "; default ",
                     value);
}

}  // namespace

Options without(Options options, std::initializer_list<std::string_view> names) {
  std::erase_if(options, [&](const Option& option) { return std::ranges::find(names, option.name) != names.end(); });
  return options;
}

std::string words_of(const CLI::App& verb) {
  return verb.get_parent() == nullptr ? verb.get_name() : words_of(*verb.get_parent()) + " " + verb.get_name();
}

std::string flag_of(const std::string& option) {
  std::string flag = "--" + option;
  std::ranges::replace(flag, '_', '-');
  return flag;
}

void add_options(CLI::App& app, const Options& options) {
  for (const Option& option : options) {
    const std::string flag = flag_of(option.name);
    const auto set = [option, place = words_of(app)](const std::string& text) {
      assign({option}, option.name, text, place);
    };
    if (std::holds_alternative<bool*>(option.value)) {
      app.add_flag_callback(flag, [set] { set("1"); }, option.help);
    } else {
      app.add_option_function<std::string>(flag, set, help_text(option));
    }
  }
}

void add_json(CLI::App& app, bool& json) { app.add_flag("--json", json, "print one JSON document instead of text"); }

void say(const std::string& line) { std::cerr << line << '\n'; }

void print_json(const Json& document) {
  std::cout << document.dump(1, ' ', false, Json::error_handler_t::replace) << '\n';
}

int output_width() {
  const ProgressLine::Display display = display_of(STDOUT_FILENO);
  return display.terminal ? display.width : 0;
}

}  // namespace tse::cli
