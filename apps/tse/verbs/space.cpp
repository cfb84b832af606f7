#include "verbs/space.h"

#include <iostream>

#include "tse/base/error.h"
#include "tse/space/check.h"

namespace tse::cli {

void SpaceVerb::setup(CLI::App& app) {
  app.require_subcommand(1);
  CLI::App* check_app = app.add_subcommand("check", "try every property on random architectures, always the same");
  check_app->add_option("SPACE", space, "as for --space: nb201:channels=8,cells=1")->required();
  add_json(*check_app, json);
  check_app->footer("Exit code 1 where a property is broken; its line ends with the first counterexample.");
  check_app->callback([this] { chosen = [this] { return check(); }; });
}

int SpaceVerb::run(Context& /*context*/) { return chosen(); }

int SpaceVerb::check() const {
  const std::vector<PropertyCheck> checks = check_space(*make_space(space));
  if (json) {
    print_json({{"space", make_space(space)->spec()}, {"holds", all_hold(checks)}, {"properties", to_json(checks)}});
  } else {
    std::cout << to_text(checks);
  }
  return all_hold(checks) ? kExitDone : kExitBug;
}

}  // namespace tse::cli
