#pragma once

#include <functional>
#include <string>

#include "cli.h"

namespace tse::cli {

/// `tse data list | info DATA | verify DATA | fetch NAME --dir DIR`: the data sets.
struct DataVerb {
  static constexpr const char* kName = "data";
  static constexpr const char* kSummary = "list, describe, check and download data sets";

  std::string data;
  std::string dir;
  std::string url;
  bool json = false;
  std::function<int()> chosen;

  void setup(CLI::App& app);
  int run(Context& context);

 private:
  int list() const;
  int info() const;
  int verify() const;
  int fetch() const;
};

}  // namespace tse::cli
