#pragma once

#include <functional>
#include <string>

#include "cli.h"

namespace tse::cli {

/// `tse space check`: holds a space to what every space must hold to.
struct SpaceVerb {
  static constexpr const char* kName = "space";
  static constexpr const char* kSummary = "check a search space against what every space must hold to";

  std::string space;
  bool json = false;
  std::function<int()> chosen;

  void setup(CLI::App& app);
  int run(Context& context);

 private:
  int check() const;
};

}  // namespace tse::cli
