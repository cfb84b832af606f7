#include "tse/net/planned.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "tse/base/error.h"
#include "tse/plan/plan.h"
#include "tse/space/passes.h"

namespace tse {
namespace {

using plan::kNone;
using plan::ValueId;

torch::ScalarType type_of(plan::Storage storage) {
  return storage == plan::Storage::bf16 ? torch::kBFloat16 : torch::kFloat;
}

/// The arguments of a launch, in their order.
class LaunchArguments {
 public:
  LaunchArguments& operator<<(long long number) {
    values_.push_back(static_cast<std::uint64_t>(number));
    return *this;
  }
  LaunchArguments& operator<<(const torch::Tensor& tensor) {
    values_.push_back(reinterpret_cast<std::uint64_t>(tensor.data_ptr()));
    return *this;
  }
  std::vector<void*> addresses() {
    std::vector<void*> list;
    for (std::uint64_t& value : values_) list.push_back(&value);
    return list;
  }

 private:
  std::vector<std::uint64_t> values_;
};

/// A plan with what it needs to run over batches of any size.
class DeviceProgram {
 public:
  DeviceProgram(const Graph& graph, const plan::PlanOptions& options, const torch::Device& device,
                const KernelCompiler& compile)
      : plan_(plan::make_plan(graph, options)),
        device_(device),
        counter_(torch::zeros({1}, floats().dtype(torch::kInt))),
        names_(options.training ? plan::learned(plan_) : std::vector<std::string>()) {
    for (const plan::PlannedNorm& norm : plan_.norms)
      norms_.push_back(torch::zeros({gpu::kPerNorm * norm.shape.channels}, floats()));
    kernels_ = compile(kernels_of_all_steps());
  }

  const std::vector<std::string>& names() const { return names_; }

  /// (N,classes) float.
  torch::Tensor forward(const torch::Tensor& images, const ParameterStore& store) {
    store_ = &store;
    images_ = images.size(0);
    values_.assign(plan_.values.size(), {});
    gradients_.clear();
    read_coefficients();
    values_[index(plan_.images)] =
        images.to(type_of(plan_.value(plan_.images).storage)).contiguous(torch::MemoryFormat::ChannelsLast);
    if (!plan_.training) use_running();
    run(0, plan_.forward_passes);
    return value(plan_.logits).flatten(1);
  }

  /// Of all that learns, by name, in the order of names().
  std::vector<torch::Tensor> backward(const torch::Tensor& logits_gradient) {
    torch::Tensor& gradient = made(plan_.logits_gradient);
    gradient.copy_(logits_gradient.view(gradient.sizes()));
    run(plan_.forward_passes, static_cast<int>(plan_.passes.size()));
    std::vector<torch::Tensor> all;
    for (const std::string& name : names_) {
      const torch::Tensor& parameter = store_->parameters.at(name);
      all.push_back(gradients_.at(name).to(parameter.scalar_type()).view(parameter.sizes()));
    }
    values_.clear();
    gradients_.clear();
    return all;
  }

 private:
  static std::size_t index(int id) { return static_cast<std::size_t>(id); }
  torch::TensorOptions floats() const { return torch::TensorOptions(torch::kFloat).device(device_); }
  const torch::Tensor& parameter(const std::string& name) const { return store_->parameters.at(name); }
  const torch::Tensor& value(ValueId id) const { return values_[index(id)]; }

  /// The value's tensor, (N,C,H,W) channels-last, made where there is none yet.
  torch::Tensor& made(ValueId id) {
    torch::Tensor& tensor = values_[index(id)];
    if (tensor.defined()) return tensor;
    const plan::Value& value = plan_.value(id);
    tensor = torch::empty({images_, value.shape.channels, value.shape.height, value.shape.width},
                          floats().dtype(type_of(value.storage)).memory_format(torch::MemoryFormat::ChannelsLast));
    return tensor;
  }

  long long rows(ValueId id) const {
    const Shape& shape = plan_.value(id).shape;
    return images_ * shape.height * shape.width;
  }
  long long elements(ValueId id) const { return images_ * plan_.value(id).shape.elements(); }

  // --- Which kernel a step is.

  gpu::CombineForm form_of(const plan::Combine& step) const {
    const plan::Value& out = plan_.value(step.sum == kNone ? step.relu : step.sum);
    gpu::CombineForm form{.channels = out.shape.channels,
                          .from = step.terms.empty() ? out.storage : plan_.value(step.terms.front().x).storage,
                          .to = out.storage,
                          .sum = step.sum != kNone,
                          .relu = step.relu != kNone};
    for (const plan::Term& term : step.terms)
      form.terms.push_back({.norm = term.norm != kNone, .coefficient = term.sum != kNone, .mask = term.mask != kNone});
    return form;
  }
  gpu::NormForm form_of(int norm, ValueId value) const {
    const plan::PlannedNorm& planned = plan_.norms[index(norm)];
    return {.channels = planned.shape.channels,
            .storage = plan_.value(value).storage,
            .affine = planned.op.affine,
            .track = planned.op.track && plan_.training};
  }
  /// Of evaluation, which reads what is tracked.
  static gpu::NormForm running_form(const plan::PlannedNorm& norm) {
    return {.channels = norm.shape.channels, .storage = plan::Storage::fp32, .affine = norm.op.affine, .track = true};
  }
  bool is_positive(int sum) const { return plan_.sums[index(sum)].op.coefficients == op::Sum::Coefficients::positive; }

  gpu::Kernel kernel_of(const plan::Combine& step) const { return gpu::combine(form_of(step)); }
  gpu::Kernel kernel_of(const plan::Moments& step) const { return gpu::moments(form_of(step.norm, step.y)); }
  gpu::Kernel kernel_of(const plan::Reduce& step) const { return gpu::reduce(form_of(step.norm, step.y)); }
  gpu::Kernel kernel_of(const plan::Average& step) const {
    return gpu::average(step.window, plan_.value(step.from).storage, step.gradient);
  }
  gpu::Kernel kernel_of(const plan::Maximum& step) const {
    return gpu::maximum(step.window, plan_.value(step.x).storage);
  }
  gpu::Kernel kernel_of(const plan::MaximumBack& step) const {
    return gpu::maximum_back(step.window, plan_.value(step.x).storage);
  }
  gpu::Kernel kernel_of(const plan::Move& step) const {
    return gpu::move(step.places, plan_.value(step.from).storage, plan_.value(step.to).storage);
  }
  gpu::Kernel kernel_of(const plan::GlobalAverage& step) const {
    const plan::Value& images = plan_.value(step.gradient ? step.to : step.from);
    return gpu::global_average(images.shape, images.storage, step.gradient);
  }
  gpu::Kernel kernel_of(const plan::Weigh& step) const {
    return gpu::weigh(plan_.value(step.g).storage, is_positive(step.sum));
  }
  /// Those of libtorch.
  template <class Step>
  std::optional<gpu::Kernel> kernel_of(const Step& /*step*/) const {
    return std::nullopt;
  }

  std::vector<gpu::Kernel> kernels_of_all_steps() const {
    std::vector<gpu::Kernel> all;
    std::set<std::string> names;
    const auto add = [&](const std::optional<gpu::Kernel>& kernel) {
      if (kernel && names.insert(kernel->name).second) all.push_back(*kernel);
    };
    for (const plan::Pass& pass : plan_.passes) {
      for (const plan::Step& step : pass.steps) std::visit([&](const auto& s) { add(kernel_of(s)); }, step);
    }
    if (!plan_.training) {
      for (const plan::PlannedNorm& norm : plan_.norms)
        if (norm.op.track) add(gpu::running(running_form(norm)));
    }
    return all;
  }

  // --- Running them.

  void start(const gpu::Kernel& kernel, long long things, LaunchArguments& arguments) {
    kernels_->launch(kernel.name, gpu::blocks_for(things), 1, arguments.addresses());
  }

  void run(int first, int last) {
    for (int pass = first; pass < last; ++pass) {
      const std::vector<plan::Step>& steps = plan_.passes[index(pass)].steps;
      for (std::size_t s = 0; s < steps.size(); ++s) {
        std::visit([this](const auto& step) { take(step); }, steps[s]);
        const plan::Touched all = plan::touched(steps[s]);
        for (const auto* list : {&all.reads, &all.writes}) {
          for (const ValueId id : *list) {
            const bool over = plan_.value(id).dies == plan::Moment{.pass = pass, .step = static_cast<int>(s)};
            if (over && id != plan_.logits) values_[index(id)].reset();
          }
        }
      }
    }
  }

  void read_coefficients() {
    coefficients_.clear();
    for (const plan::PlannedSum& sum : plan_.sums) {
      if (sum.op.coefficients == op::Sum::Coefficients::constant) {
        coefficients_.push_back(torch::tensor(sum.op.constants, torch::kFloat).to(device_));
      } else {
        coefficients_.push_back(parameter(plan::parameter(sum)).detach().to(torch::kFloat));
        if (sum.op.coefficients == op::Sum::Coefficients::positive)
          coefficients_.back() = coefficients_.back().sigmoid();
      }
    }
  }

  void use_running() {
    for (std::size_t n = 0; n < plan_.norms.size(); ++n) {
      const plan::PlannedNorm& norm = plan_.norms[n];
      if (!norm.op.track) continue;
      LaunchArguments arguments;
      if (norm.op.affine) arguments << parameter(norm.name + ".weight") << parameter(norm.name + ".bias");
      arguments << store_->buffers.at(norm.name + ".running_mean") << store_->buffers.at(norm.name + ".running_var")
                << norms_[n];
      kernels_->launch(gpu::running(running_form(norm)).name, 1, 1, arguments.addresses());
    }
  }

  torch::Tensor of_norm(int norm, int kind) const {
    const int channels = plan_.norms[index(norm)].shape.channels;
    return norms_[index(norm)].narrow(0, static_cast<std::int64_t>(kind) * channels, channels);
  }
  torch::Tensor per_channel(int norm, plan::PerChannel which) const {
    using enum plan::PerChannel;
    switch (which) {
      case scale:
      case gradient_scale:
        return of_norm(norm, gpu::kScale);
      case shift:
        return of_norm(norm, gpu::kShift);
      case gradient_shift:
        return of_norm(norm, gpu::kGradientShift);
      case input_scale:
        return of_norm(norm, gpu::kInputScale);
      default:
        return torch::zeros({plan_.norms[index(norm)].shape.channels}, floats());
    }
  }

  void take(const plan::Combine& step) {
    const gpu::CombineForm form = form_of(step);
    const long long packs = elements(step.sum == kNone ? step.relu : step.sum) / gpu::pack_of(form);
    LaunchArguments arguments;
    arguments << packs;
    if (form.sum) arguments << made(step.sum);
    if (form.relu) arguments << made(step.relu);
    std::vector<torch::Tensor> kept;
    for (const plan::Term& term : step.terms) {
      arguments << value(term.x);
      if (term.norm != kNone) {
        for (const plan::PerChannel which : {term.scale, term.shift}) {
          kept.push_back(per_channel(term.norm, which));
          arguments << kept.back();
        }
      }
      if (term.sum != kNone) {
        kept.push_back(coefficients_[index(term.sum)].narrow(0, term.input, 1));
        arguments << kept.back();
      }
      if (term.mask != kNone) arguments << value(term.mask);
    }
    start(gpu::combine(form), packs, arguments);
  }

  void take(const plan::Convolve& step) {
    const plan::PlannedConvolution& conv = plan_.convolutions[index(step.convolution)];
    const std::optional<torch::Tensor> bias =
        conv.op.bias ? std::optional(parameter(conv.name + ".bias").detach().to(value(step.x).scalar_type()))
                     : std::nullopt;
    values_[index(step.y)] =
        torch::convolution(value(step.x), parameter(conv.name + ".weight").detach(), bias.value_or(torch::Tensor()),
                           {conv.op.stride, conv.op.stride}, {conv.op.padding, conv.op.padding},
                           {conv.op.dilation, conv.op.dilation}, false, {0, 0}, conv.op.groups)
            .contiguous(torch::MemoryFormat::ChannelsLast);
  }

  void take(const plan::ConvolveBack& step) {
    const plan::PlannedConvolution& conv = plan_.convolutions[index(step.convolution)];
    const std::vector<std::int64_t> biases = {conv.op.out};
    auto [dx, dw, db] = torch::convolution_backward(
        value(step.dy), value(step.x), parameter(conv.name + ".weight").detach(),
        conv.op.bias ? at::OptionalIntArrayRef(biases) : at::OptionalIntArrayRef(), {conv.op.stride, conv.op.stride},
        {conv.op.padding, conv.op.padding}, {conv.op.dilation, conv.op.dilation}, false, {0, 0}, conv.op.groups,
        {step.dx != kNone, true, conv.op.bias});
    gradients_[conv.name + ".weight"] = dw;
    if (conv.op.bias) gradients_[conv.name + ".bias"] = db;
    if (step.dx != kNone) values_[index(step.dx)] = dx.contiguous(torch::MemoryFormat::ChannelsLast);
  }

  void take(const plan::Average& step) {
    windows(kernel_of(step), plan_.value(step.to).shape, {value(step.from), made(step.to)});
  }
  void take(const plan::Maximum& step) {
    windows(kernel_of(step), plan_.value(step.y).shape, {value(step.x), made(step.y)});
  }
  void take(const plan::MaximumBack& step) {
    windows(kernel_of(step), plan_.value(step.dx).shape, {value(step.x), value(step.dy), made(step.dx)});
  }
  void take(const plan::Move& step) {
    windows(kernel_of(step), plan_.value(step.to).shape, {value(step.from), made(step.to)});
  }
  void take(const plan::GlobalAverage& step) {
    windows(kernel_of(step), plan_.value(step.to).shape, {value(step.from), made(step.to)});
  }
  /// A kernel that takes the number of images and then tensors.
  void windows(const gpu::Kernel& kernel, const Shape& out, const std::vector<torch::Tensor>& tensors) {
    LaunchArguments arguments;
    arguments << static_cast<long long>(images_);
    for (const torch::Tensor& tensor : tensors) arguments << tensor;
    start(kernel, images_ * out.elements(), arguments);
  }

  void take(const plan::Multiply& step) {
    const std::string& name = plan_.linears[index(step.linear)].name;
    made(step.y).copy_(torch::addmm(parameter(name + ".bias").detach().to(torch::kFloat), value(step.x).flatten(1),
                                    parameter(name + ".weight").detach().to(torch::kFloat).t())
                           .view_as(value(step.y)));
  }
  void take(const plan::MultiplyBack& step) {
    const std::string& name = plan_.linears[index(step.linear)].name;
    const torch::Tensor dy = value(step.dy).flatten(1);
    gradients_[name + ".weight"] = dy.t().mm(value(step.x).flatten(1));
    gradients_[name + ".bias"] = dy.sum(0);
    if (step.dx != kNone) {
      made(step.dx).copy_(dy.mm(parameter(name + ".weight").detach().to(torch::kFloat)).view_as(value(step.dx)));
    }
  }

  void take(const plan::Moments& step) {
    const gpu::NormForm form = form_of(step.norm, step.y);
    const plan::PlannedNorm& norm = plan_.norms[index(step.norm)];
    const torch::Tensor partial = torch::empty({gpu::partial_floats(form, rows(step.y))}, floats());
    LaunchArguments arguments;
    arguments << rows(step.y) << value(step.y) << partial << counter_;
    if (form.affine) arguments << parameter(norm.name + ".weight") << parameter(norm.name + ".bias");
    if (form.track)
      arguments << store_->buffers.at(norm.name + ".running_mean") << store_->buffers.at(norm.name + ".running_var");
    arguments << norms_[index(step.norm)];
    kernels_->launch(gpu::moments(form).name, gpu::blocks_of(form, rows(step.y)), gpu::chunks_of(form),
                     arguments.addresses());
  }

  void take(const plan::Reduce& step) {
    const gpu::NormForm form = form_of(step.norm, step.y);
    const plan::PlannedNorm& norm = plan_.norms[index(step.norm)];
    const torch::Tensor partial = torch::empty({gpu::partial_floats(form, rows(step.y))}, floats());
    LaunchArguments arguments;
    arguments << rows(step.y) << value(step.g) << value(step.y) << partial << counter_;
    if (form.affine) arguments << parameter(norm.name + ".weight");
    arguments << norms_[index(step.norm)];
    if (form.affine) {
      for (const char* what : {".weight", ".bias"}) {
        torch::Tensor& gradient = gradients_[norm.name + what];
        gradient = torch::empty({form.channels}, floats());
        arguments << gradient;
      }
    }
    kernels_->launch(gpu::reduce(form).name, gpu::blocks_of(form, rows(step.y)), gpu::chunks_of(form),
                     arguments.addresses());
  }

  void take(const plan::Weigh& step) {
    const plan::PlannedSum& sum = plan_.sums[index(step.sum)];
    torch::Tensor& gradient = gradients_[plan::parameter(sum)];
    if (!gradient.defined()) gradient = torch::zeros({sum.inputs}, floats());
    const long long count = elements(step.g);
    const torch::Tensor partial = torch::empty({gpu::blocks_for(count)}, floats());
    const torch::Tensor coefficient = coefficients_[index(step.sum)].narrow(0, step.input, 1);
    const torch::Tensor place = gradient.narrow(0, step.input, 1);
    LaunchArguments arguments;
    arguments << count << value(step.g) << value(step.x) << partial << counter_ << coefficient << place;
    start(kernel_of(step), count, arguments);
  }

  void take(const plan::Drop& /*step*/) { throw UsageError("planned network", "expected no drops"); }

  plan::Plan plan_;
  torch::Device device_;
  torch::Tensor counter_;
  std::vector<std::string> names_;
  std::unique_ptr<DeviceKernels> kernels_;
  std::vector<torch::Tensor> norms_;  // gpu::kPerNorm floats a channel of each

  // of the step under way
  const ParameterStore* store_ = nullptr;
  std::int64_t images_ = 0;
  std::vector<torch::Tensor> values_;  // undefined before they are made and after their life
  std::vector<torch::Tensor> coefficients_;
  std::map<std::string, torch::Tensor> gradients_;
};

class PlannedNetwork final : public Network {
 public:
  PlannedNetwork(const Graph& graph, ParameterStore& store, torch::ScalarType activations, KernelCompiler compile)
      : Network(tse::output_weights(graph)),
        training_graph_(simplified(with_auxiliaries(graph))),
        evaluating_graph_(simplified(graph)),
        store_(store),
        storage_(activations == torch::kBFloat16 ? plan::Storage::bf16 : plan::Storage::fp32),
        compile_(std::move(compile)) {}

  torch::Tensor forward(const torch::Tensor& images, Mode mode) override {
    if (mode == Mode::evaluate || !torch::GradMode::is_enabled()) {
      const torch::NoGradGuard no_grad;
      return program(mode, images).forward(images, store_);
    }
    std::vector<torch::Tensor> parameters;
    for (const std::string& name : program(mode, images).names()) parameters.push_back(store_.parameters.at(name));
    return Differentiable::apply(this, images, torch::TensorList(parameters));
  }

 private:
  /// The whole network as one node of autograd's graph.
  struct Differentiable : torch::autograd::Function<Differentiable> {
    static torch::Tensor forward(torch::autograd::AutogradContext* context, PlannedNetwork* network,
                                 const torch::Tensor& images, torch::TensorList /*parameters*/) {
      context->saved_data["network"] = reinterpret_cast<std::int64_t>(network);
      context->saved_data["call"] = ++network->calls_;
      return network->program(Mode::train, images).forward(images, network->store_);
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                   const torch::autograd::variable_list& outputs) {
      auto* network = reinterpret_cast<PlannedNetwork*>(context->saved_data["network"].toInt());
      if (context->saved_data["call"].toInt() != network->calls_)
        throw UsageError("planned network", "expected the newest result of forward, once; its activations are gone");
      ++network->calls_;  // the activations are gone
      const torch::NoGradGuard no_grad;
      torch::autograd::variable_list gradients(2);  // of the network and the images: none
      for (torch::Tensor& gradient : network->training_->backward(outputs[0].to(torch::kFloat)))
        gradients.push_back(std::move(gradient));
      return gradients;
    }
  };

  DeviceProgram& program(Mode mode, const torch::Tensor& images) {
    const bool training = mode == Mode::train;
    std::optional<DeviceProgram>& program = training ? training_ : evaluating_;
    if (!program) {
      program.emplace(training ? training_graph_ : evaluating_graph_,
                      plan::PlanOptions{.storage = storage_, .training = training}, images.device(), compile_);
    }
    return *program;
  }

  Graph training_graph_;
  Graph evaluating_graph_;
  ParameterStore& store_;
  plan::Storage storage_;
  KernelCompiler compile_;
  std::optional<DeviceProgram> training_;
  std::optional<DeviceProgram> evaluating_;
  std::int64_t calls_ = 0;  // of forward in training
};

bool is_drawn_or_searched(const Node& node) {
  const auto* sum = std::get_if<op::Sum>(&node.op);
  return std::holds_alternative<op::DropPath>(node.op) || std::holds_alternative<op::Dropout>(node.op) ||
         (sum != nullptr && sum->coefficients == op::Sum::Coefficients::architecture);
}

}  // namespace

std::unique_ptr<Network> make_planned_network(const Graph& graph, ParameterStore& store, torch::ScalarType activations,
                                              const KernelCompiler& compile) {
  return std::make_unique<PlannedNetwork>(graph, store, activations, compile);
}

bool has_planned_network(const Graph& graph) {
  const auto fits = [](const Graph& one) {
    return plan::can_plan(one) && std::ranges::none_of(one.nodes(), is_drawn_or_searched);
  };
  return fits(simplified(graph)) && fits(simplified(with_auxiliaries(graph)));
}

}  // namespace tse
