#include "bench/roofline.h"

#include <set>

#include "bench/team.h"
#include "tse/base/cores.h"
#include "tse/space/passes.h"

namespace tse::cli {
namespace {

const std::vector<std::string> kPrecisions = {"fp32", "bf16"};

std::vector<std::string> directions(const NetworkConvolution& convolution) {
  std::vector<std::string> all = {"forward", "backward_weights"};
  if (convolution.input_gradient) all.emplace_back("backward_data");
  return all;
}

}  // namespace

double ConvolutionWork::operations() const { return 2.0 * in / groups * kernel * kernel * output_values(); }
double ConvolutionWork::input_values() const { return static_cast<double>(in) * height * width; }

double ConvolutionWork::output_values() const {
  const auto reduced = [&](int size) { return (size + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1; };
  return static_cast<double>(out) * reduced(height) * reduced(width);
}

Json to_json(const ConvolutionWork& work) {
  return {{"in", work.in},           {"height", work.height},     {"width", work.width},
          {"out", work.out},         {"kernel", work.kernel},     {"stride", work.stride},
          {"padding", work.padding}, {"dilation", work.dilation}, {"groups", work.groups}};
}

std::map<NetworkConvolution, int> convolutions(const Graph& graph) {
  std::map<NetworkConvolution, int> all;
  const Graph simple = simplified(graph);
  for (const Node& node : simple.nodes()) {
    const auto* op = std::get_if<op::Conv2d>(&node.op);
    if (op == nullptr) continue;
    const Node& input = simple.node(node.inputs.at(0));
    ++all[{.work = {.in = input.shape.channels,
                    .height = input.shape.height,
                    .width = input.shape.width,
                    .out = op->out,
                    .kernel = op->kernel,
                    .stride = op->stride,
                    .padding = op->padding,
                    .dilation = op->dilation,
                    .groups = op->groups},
           .input_gradient = !std::holds_alternative<op::Input>(input.op)}];
  }
  return all;
}

MachineRates measure_machine(const std::vector<Graph>& graphs, double seconds,
                             const std::function<void(int done, int total)>& progress) {
  std::set<MachineRates::Key> wanted;
  for (const Graph& graph : graphs) {
    for (const auto& [convolution, count] : convolutions(graph)) {
      for (const std::string& direction : directions(convolution)) {
        for (const std::string& precision : kPrecisions) wanted.insert({convolution.work, direction, precision});
      }
    }
  }
  Team team({{"contest", "machine"}}, available_cores());
  team.wait();
  MachineRates rates;
  rates.copy = sum(team.ask({{"copy", true}, {"seconds", 4 * seconds}}), "rate");
  int done = 0;
  for (const MachineRates::Key& key : wanted) {
    progress(done++, static_cast<int>(wanted.size()));
    rates.convolution[key] = sum(team.ask({{"convolution", to_json(key.work)},
                                           {"direction", key.direction},
                                           {"precision", key.precision},
                                           {"seconds", seconds}}),
                                 "rate");
  }
  return rates;
}

double roofline(const Graph& graph, const std::string& precision, const MachineRates& rates) {
  const double value_bytes = precision == "bf16" ? 2 : 4;
  double seconds = 0;
  for (const auto& [convolution, count] : convolutions(graph)) {
    const ConvolutionWork& work = convolution.work;
    double each = 0;
    for (const std::string& direction : directions(convolution)) {
      each += work.operations() / rates.convolution.at({work, direction, precision});
    }
    const double input = work.input_values() * (convolution.input_gradient ? 2 : 1);
    each += (input + 2 * work.output_values()) * value_bytes / rates.copy;
    seconds += count * each;
  }
  return 1 / seconds;
}

Json MachineRates::to_json() const {
  Json list = Json::array();
  for (const auto& [key, rate] : convolution) {
    Json entry = cli::to_json(key.work);
    entry["direction"] = key.direction;
    entry["precision"] = key.precision;
    entry["gflops"] = rate / 1e9;
    list.push_back(std::move(entry));
  }
  return {{"copy_gbytes_per_second", copy / 1e9}, {"convolutions", std::move(list)}};
}

}  // namespace tse::cli
