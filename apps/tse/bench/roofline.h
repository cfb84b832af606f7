#pragma once

#include <compare>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tse/base/json.h"
#include "tse/space/graph.h"

namespace tse::cli {

/// What is left of a convolution when only its speed matters.
struct ConvolutionWork {
  int in = 0;
  int height = 0;
  int width = 0;
  int out = 0;
  int kernel = 1;
  int stride = 1;
  int padding = 0;
  int dilation = 1;
  int groups = 1;

  double operations() const;  // of one image, two for each multiply-add
  double input_values() const;
  double output_values() const;
  auto operator<=>(const ConvolutionWork&) const = default;
};

Json to_json(const ConvolutionWork& work);

/// One convolution of a network, as often as it is there.
struct NetworkConvolution {
  ConvolutionWork work;
  bool input_gradient = true;  // not of one that reads the images

  auto operator<=>(const NetworkConvolution&) const = default;
};

/// The convolutions that a training of the graph cannot do without, and how many of each.
std::map<NetworkConvolution, int> convolutions(const Graph& graph);

/// What this machine can do at the most, all cores at once.
struct MachineRates {
  struct Key {
    ConvolutionWork work;
    std::string direction;  // forward, backward_data, backward_weights
    std::string precision;

    auto operator<=>(const Key&) const = default;
  };

  std::map<Key, double> convolution;  // operations per second
  double copy = 0;                    // bytes read and written per second

  Json to_json() const;
};

/// Measures the convolutions of these networks, each for about `seconds`; says on the way how far it is.
MachineRates measure_machine(const std::vector<Graph>& graphs, double seconds,
                             const std::function<void(int done, int total)>& progress);

/// Images per second of a training that does nothing but its convolutions, each at the best rate of its shape and
/// direction, and moves the input, the output and their gradients of each once at the rate of a copy.
double roofline(const Graph& graph, const std::string& precision, const MachineRates& rates);

}  // namespace tse::cli
