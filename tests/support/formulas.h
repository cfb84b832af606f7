#pragma once

#include <torch/torch.h>

#include <cmath>
#include <fstream>
#include <string>

#include "tse/base/json.h"
#include "tse/net/parameter_store.h"
#include "tse/space/graph.h"
#include "tse/space/space.h"

namespace tse {

/// A network of NAS-Bench-201, or of the case's own space, that a script beside the tests computed too, as its JSON
/// describes it.
struct FormulaCase {
  std::string arch;
  std::string space;
  Graph graph;
  int images;
  int classes;
  Shape shape;
};

/// The cases of a script's JSON, by its path in the repository.
inline Json formula_cases(const std::string& file) {
  std::ifstream stream(TSE_SOURCE "/" + file);
  return Json::parse(stream).at("cases");
}

/// `classes` instead of the case's own where it is not 0.
inline FormulaCase make_formula_case(const Json& json, int classes = 0) {
  const Shape shape{.channels = json.at("input_channels"), .height = json.at("size"), .width = json.at("size")};
  if (classes == 0) classes = json.at("classes");
  const std::string name = json.contains("space")
                               ? json.at("space").get<std::string>()
                               : "nb201:channels=" + json.at("channels").dump() + ",cells=" + json.at("cells").dump();
  const auto space = make_space(name);
  return {.arch = json.at("arch"),
          .space = name,
          .graph = space->lower(space->parse(json.at("arch").get<std::string>()), {.input = shape, .classes = classes}),
          .images = json.at("images"),
          .classes = classes,
          .shape = shape};
}

/// The script's formula_weights. Its networks have no tensors for edges without weights, nor do ours.
inline void set_formula_weights(ParameterStore& store) {
  const torch::NoGradGuard no_grad;
  int k = 0;
  for (auto& [name, parameter] : store.parameters) {
    const torch::Tensor i = torch::arange(parameter.numel(), torch::kLong);
    torch::Tensor wave = ((31 * i + 17) * i + 7919 * k++).remainder(65521).to(torch::kDouble) / 32760 - 1;
    wave = wave.reshape(parameter.sizes());
    if (name.find(".bn.") != std::string::npos) {
      wave = name.ends_with("weight") ? 1 + 0.1 * wave : 0.1 * wave;
    } else {
      const auto fan_in = parameter.dim() > 1 ? parameter[0].numel() : parameter.numel();
      wave = wave / std::sqrt(static_cast<double>(fan_in));
    }
    parameter.copy_(wave);
  }
}

inline torch::Tensor formula_images(const FormulaCase& c) {
  const torch::Tensor i = torch::arange(c.images * c.shape.elements(), torch::kDouble);
  return (torch::sin(0.37 * i) + 0.5 * torch::cos(0.011 * i))
      .reshape({c.images, c.shape.channels, c.shape.height, c.shape.width});
}

}  // namespace tse
