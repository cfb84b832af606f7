#pragma once

#include <string>

#include "cli.h"

namespace tse::cli {

/// `tse export`: a study for others, or for other tools, or the network of one of its trainings; reads only.
struct ExportVerb {
  static constexpr const char* kName = "export";
  static constexpr const char* kSummary =
      "a study's finished trials as a compact study or CSV tables, or a trained network as TorchScript, ONNX or "
      "PyTorch "
      "source";

  std::string study;
  std::string to;
  std::string csv;
  std::string model;
  std::string sample;
  int trial = -1;  // the best one
  bool json = false;

  void setup(CLI::App& app);
  int run(Context& context);

 private:
  /// Which trial's network is asked for.
  int chosen_trial() const;

  /// Starts the engine, which knows networks. Its answer, or its exit code where it refused.
  int export_network(Json& made) const;
};

}  // namespace tse::cli
