#include "tse/train/whole_step.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <string_view>

#include "tse/net/planned.h"
#include "tse/space/passes.h"

namespace tse {
namespace {

constexpr std::int64_t kAligned = 16;  // values: 32 bytes of bfloat16, as the kernels of convolutions like it

std::int64_t gap_after(std::int64_t count) { return (kAligned - count % kAligned) % kAligned; }

/// Until they have run on a card, whoever asks for them.
bool wants_kernels() {
  const char* wish = std::getenv("TSE_GPU_KERNELS");
  return wish != nullptr && std::string_view(wish) == "1";
}

/// The tensor's values in the order of channels-last memory.
torch::Tensor flattened(const torch::Tensor& tensor) {
  return (tensor.dim() == 4 ? tensor.permute({0, 2, 3, 1}) : tensor).reshape(-1);
}

}  // namespace

bool WholeStep::can_train(const Graph& graph) {
  return graph.auxiliaries().empty() && std::ranges::none_of(graph.nodes(), [](const Node& node) {
           return std::holds_alternative<op::DropPath>(node.op) || std::holds_alternative<op::Dropout>(node.op);
         });
}

WholeStep::WholeStep(const Graph& graph, ParameterStore& store, const Recipe& recipe, const ResidentImages& images,
                     torch::ScalarType activations)
    : store_(store),
      images_(images),
      activations_(activations),
      momentum_(recipe.momentum),
      weight_decay_(recipe.weight_decay),
      nesterov_(recipe.nesterov),
      batch_(recipe.batch) {
  const torch::NoGradGuard no_grad;
  lay_out(simplified(graph));
  working_.buffers = store.buffers;
  working_.architecture = store.architecture;
  const KernelCompiler compile = wants_kernels() ? kernel_compiler(images.device()) : KernelCompiler();
  network_ = compile && has_planned_network(graph) ? make_planned_network(graph, working_, activations, compile)
                                                   : make_reference_network(graph, working_);
  const auto options = torch::TensorOptions(images.device());
  numbers_ = torch::zeros({kMostSteps, batch_, ResidentImages::kNumbers}, options.dtype(torch::kLong));
  rates_ = torch::zeros({kMostSteps}, options.dtype(torch::kFloat));
  losses_ = torch::zeros({kMostSteps}, options.dtype(torch::kFloat));
  position_ = torch::zeros({1}, options.dtype(torch::kLong));
}

void WholeStep::lay_out(const Graph& graph) {
  std::set<std::string> used;
  for (const Node& node : graph.nodes()) used.insert({node.name + ".weight", node.name + ".bias"});
  for (const auto& [name, tensor] : store_.parameters) {
    if (!used.contains(name)) continue;
    const bool matrix = tensor.dim() > 1;
    const bool linear_bias =
        name.ends_with(".bias") && store_.parameters.at(name.substr(0, name.size() - 4) + "weight").dim() > 1;
    places_.push_back({.name = name,
                       .shape = tensor.sizes().vec(),
                       .first = 0,
                       .count = tensor.numel(),
                       .rounded = activations_ != torch::kFloat && (matrix || linear_bias)});
  }
  std::ranges::stable_partition(places_, [](const Place& place) { return place.rounded; });
  std::int64_t total = 0;
  for (Place& place : places_) {
    place.first = total;
    total += place.count + gap_after(place.count);
    if (place.rounded) rounded_ = total;
  }
  const auto options = torch::TensorOptions(torch::kFloat).device(images_.device());
  flat_ = torch::zeros({total}, options);
  flat_momentum_ = torch::zeros({total}, options);
  gap_ = torch::zeros({kAligned}, options);
  for (const Place& place : places_) {
    torch::Tensor& parameter = store_.parameters.at(place.name);
    const torch::Tensor mine = view(flat_, place);
    mine.copy_(parameter.detach());
    parameter = mine;
    momenta_[place.name] = view(flat_momentum_, place);
  }
}

torch::Tensor WholeStep::view(const torch::Tensor& flat, const Place& place) const {
  const torch::Tensor values = flat.narrow(0, place.first, place.count);
  if (place.shape.size() != 4) return values.view(place.shape);
  const auto& s = place.shape;
  return values.view({s[0], s[2], s[3], s[1]}).permute({0, 3, 1, 2});
}

std::vector<torch::Tensor> WholeStep::refresh_working(bool gradients) {
  const torch::NoGradGuard no_grad;
  torch::Tensor rounded;
  if (rounded_ > 0) rounded = flat_.narrow(0, 0, rounded_).to(activations_);
  std::vector<torch::Tensor> leaves;
  for (const Place& place : places_) {
    // detached, so that it is a leaf that requires gradients without the store's tensor doing so
    leaves.push_back(view(place.rounded ? rounded : flat_, place).detach().requires_grad_(gradients));
    working_.parameters[place.name] = leaves.back();
  }
  return leaves;
}

torch::Tensor WholeStep::gathered(const std::vector<torch::Tensor>& gradients, bool rounded) const {
  std::vector<torch::Tensor> pieces;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if (places_[i].rounded != rounded) continue;
    pieces.push_back(flattened(gradients[i]));
    if (const std::int64_t gap = gap_after(places_[i].count); gap > 0) {
      pieces.push_back(gap_.narrow(0, 0, gap).to(pieces.back().scalar_type()));
    }
  }
  return pieces.empty() ? gap_.narrow(0, 0, 0) : torch::cat(pieces).to(torch::kFloat);
}

void WholeStep::update(const torch::Tensor& gradient) {
  if (weight_decay_ != 0) gradient.add_(flat_, weight_decay_);
  torch::Tensor direction = gradient;
  if (momentum_ != 0) {
    flat_momentum_.mul_(momentum_).add_(gradient);
    direction = nesterov_ ? gradient.add_(flat_momentum_, momentum_) : flat_momentum_;
  }
  flat_.sub_(direction * rates_.index_select(0, position_));
}

void WholeStep::step(std::int64_t images) {
  const Batch batch = images_.batch(numbers_.index_select(0, position_).squeeze(0).narrow(0, 0, images), activations_);
  const std::vector<torch::Tensor> leaves = refresh_working(true);
  torch::Tensor loss;
  std::vector<torch::Tensor> gradients;
  {
    const torch::AutoGradMode with_gradients(true);
    const torch::Tensor logits = network_->forward(batch.images, Mode::train).to(torch::kFloat);
    loss = torch::nn::functional::cross_entropy(logits, batch.labels);
    gradients = torch::autograd::grad({loss}, leaves, {}, {}, false, true);
    for (std::size_t i = 0; i < leaves.size(); ++i) {  // a zero may cut some off
      if (!gradients[i].defined()) gradients[i] = torch::zeros_like(leaves[i]);
    }
  }
  const torch::NoGradGuard no_grad;
  update(torch::cat({gathered(gradients, true), gathered(gradients, false)}));
  losses_.index_copy_(0, position_, loss.detach().view({1}));
  position_.add_(1);
}

std::vector<torch::Tensor> WholeStep::state() const {
  std::vector<torch::Tensor> all = {flat_, flat_momentum_, losses_, position_};
  for (const auto& [name, buffer] : store_.buffers) all.push_back(buffer);
  return all;
}

Replay& WholeStep::replay_of(std::int64_t images) {
  std::unique_ptr<Replay>& replay = replays_[images];
  if (replay) return *replay;
  // the recording makes a step for real, which counts for nothing
  std::vector<torch::Tensor> before;
  for (const torch::Tensor& tensor : state()) before.push_back(tensor.clone());
  const auto other = std::ranges::find_if(replays_, [](const auto& each) { return each.second != nullptr; });
  replay = record(
      images_.device(), [this, images] { step(images); }, other == replays_.end() ? nullptr : other->second.get());
  const std::vector<torch::Tensor> now = state();
  for (std::size_t i = 0; i < now.size(); ++i) now[i].copy_(before[i]);
  return *replay;
}

std::vector<double> WholeStep::run(const std::vector<std::vector<DrawnImage>>& batches,
                                   const std::vector<double>& rates) {
  const torch::NoGradGuard no_grad;
  const auto steps = static_cast<std::int64_t>(batches.size());
  torch::Tensor numbers = torch::zeros({steps, batch_, ResidentImages::kNumbers}, torch::kLong);
  torch::Tensor rate = torch::empty({steps}, torch::kFloat);
  for (std::int64_t i = 0; i < steps; ++i) {
    const auto at = static_cast<std::size_t>(i);
    ResidentImages::write_numbers(batches[at], numbers[i].data_ptr<std::int64_t>());
    rate[i] = rates[at];
  }
  numbers_.narrow(0, 0, steps).copy_(numbers);
  rates_.narrow(0, 0, steps).copy_(rate);
  position_.zero_();
  for (const auto& batch : batches) replay_of(static_cast<std::int64_t>(batch.size())).run();
  const torch::Tensor losses = losses_.narrow(0, 0, steps).to(torch::kCPU, torch::kDouble);
  return {losses.data_ptr<double>(), losses.data_ptr<double>() + steps};
}

torch::Tensor WholeStep::logits(const torch::Tensor& images) {
  const torch::NoGradGuard no_grad;
  refresh_working(false);
  return network_->forward(images.to(activations_), Mode::evaluate).to(torch::kFloat);
}

}  // namespace tse
