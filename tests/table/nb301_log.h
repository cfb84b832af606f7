#pragma once

#include <string>

#include "tse/base/json.h"

namespace tse {

/// A file of NAS-Bench-301's logs in small. The architecture is that of the example file in the benchmark's repository
/// (automl/nasbench301, surrogate_models/test/results_fidelity_0/results_0.json); the curves are made up.
inline Json nb301_log() {
  const std::string darts = "NetworkSelectorDatasetInfo:darts:";
  Json config = {{"CreateImageDataLoader:batch_size", 96},
                 {darts + "layers", 8},
                 {darts + "init_channels", 32},
                 {darts + "auxiliary", "True"}};
  const std::pair<const char*, const char*> parts[] = {
      {"edge_normal_0", "skip_connect"},  {"edge_normal_1", "sep_conv_3x3"},  {"edge_normal_10", "sep_conv_3x3"},
      {"edge_normal_11", "skip_connect"}, {"edge_normal_2", "sep_conv_3x3"},  {"edge_normal_3", "skip_connect"},
      {"edge_normal_5", "dil_conv_3x3"},  {"edge_normal_7", "dil_conv_5x5"},  {"edge_reduce_0", "max_pool_3x3"},
      {"edge_reduce_1", "avg_pool_3x3"},  {"edge_reduce_11", "sep_conv_3x3"}, {"edge_reduce_12", "dil_conv_3x3"},
      {"edge_reduce_2", "skip_connect"},  {"edge_reduce_3", "dil_conv_5x5"},  {"edge_reduce_6", "sep_conv_3x3"},
      {"edge_reduce_7", "sep_conv_5x5"},  {"inputs_node_normal_3", "0_1"},    {"inputs_node_normal_4", "0_2"},
      {"inputs_node_normal_5", "1_2"},    {"inputs_node_reduce_3", "0_1"},    {"inputs_node_reduce_4", "1_2"},
      {"inputs_node_reduce_5", "2_3"}};
  for (const auto& [key, value] : parts) config[darts + key] = value;
  return {{"optimized_hyperparamater_config", config},
          {"budget", 100},
          {"info", Json::array({Json{{"val_accuracy", 91.5}, {"model_parameters", 1234567}}})},
          {"test_accuracy", 90.25},
          {"runtime", 5000.5},
          {"learning_curves",
           {{"Train/train_loss", {2.5, 2.0, 1.75}},
            {"Train/train_accuracy", {20.0, 30.0, 40.0}},
            {"Train/val_accuracy", {35.0, nullptr, 91.5}}}}};
}

/// What it is in the space `darts`.
inline constexpr const char* kNb301Arch =
    "normal skip_connect:0 sep_conv_3x3:1 sep_conv_3x3:0 skip_connect:1 dil_conv_3x3:0 dil_conv_5x5:2 sep_conv_3x3:1 "
    "skip_connect:2 reduce max_pool_3x3:0 avg_pool_3x3:1 skip_connect:0 dil_conv_5x5:1 sep_conv_3x3:1 sep_conv_5x5:2 "
    "sep_conv_3x3:2 dil_conv_3x3:3";

}  // namespace tse
