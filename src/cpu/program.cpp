#include "tse/cpu/program.h"

#include <omp.h>

#include <algorithm>
#include <array>
#include <exception>
#include <map>
#include <mutex>
#include <new>
#include <utility>
#include <variant>
#include <vector>

#include "batch_norm.h"
#include "capability.h"
#include "convolution.h"
#include "linear.h"
#include "memory_plan.h"
#include "tse/base/error.h"
#include "tse/cpu/instruction_set.h"
#include "tse/plan/plan.h"
#include "tse/space/drop.h"
#include "tse/space/graph.h"
#include "weighted_sum.h"

namespace tse::cpu {
namespace {

using plan::kNone;
using plan::Pass;
using plan::Step;
using plan::Value;
using plan::ValueId;

/// Memory at the start of a cache line.
class Room {
 public:
  explicit Room(std::size_t size) : size_(std::max<std::size_t>(size, 64)) {
    data_ = static_cast<std::byte*>(::operator new(size_, std::align_val_t(64)));
  }
  Room(Room&& other) noexcept : size_(other.size_), data_(std::exchange(other.data_, nullptr)) {}
  Room& operator=(Room&& other) noexcept {
    std::swap(size_, other.size_);
    std::swap(data_, other.data_);
    return *this;
  }
  ~Room() { ::operator delete(data_, std::align_val_t(64)); }
  std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }

 private:
  std::size_t size_;
  std::byte* data_;
};

ConvolutionShape shape_of(const plan::PlannedConvolution& planned) {
  return {.in = planned.in.channels,
          .height = planned.in.height,
          .width = planned.in.width,
          .out = planned.out.channels,
          .out_height = planned.out.height,
          .out_width = planned.out.width,
          .kernel = planned.op.kernel,
          .stride = planned.op.stride,
          .padding = planned.op.padding,
          .dilation = planned.op.dilation,
          .groups = planned.op.groups,
          .bias = planned.op.bias};
}

plan::Plan plan_of(const Graph& graph, const ProgramOptions& options) {
  if (const Node* node = without_kernel(graph)) {
    throw UsageError(node->name, "expected an op with a kernel for this CPU; got {} {}", name(node->op),
                     attributes(node->op));
  }
  return plan::make_plan(graph, {.storage = options.precision, .training = options.training});
}

std::size_t memory_of(const MemoryPlan& memory, int threads) {
  return memory.arena + memory.scratch * static_cast<std::size_t>(threads);
}

/// oneDNN takes its threads from OpenMP; ours are over blocks of images, so each of its calls has one.
class OneThreadInside {
 public:
  OneThreadInside() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
  ~OneThreadInside() { omp_set_num_threads(before_); }
  OneThreadInside(const OneThreadInside&) = delete;
  OneThreadInside& operator=(const OneThreadInside&) = delete;

 private:
  int before_;
};

}  // namespace

struct Workspace::Parts {
  /// What a convolution is made for.
  struct Kind {
    ConvolutionShape shape;
    Storage storage = Storage::fp32;
    bool input_gradient = false;
    int threads = 1;
    auto operator<=>(const Kind&) const = default;
  };

  /// At least so much, for one program after the other.
  static std::byte* grown(Room& room, std::size_t size) {
    if (room.size() < size) {
      room = Room(0);  // what there is goes first
      room = Room(size);
    }
    return room.data();
  }

  Convolution take(const Kind& kind) {
    std::vector<Convolution>& idle = convolutions[kind];
    if (idle.empty()) return {kind.shape, kind.storage, kind.input_gradient, kind.threads};
    Convolution convolution = std::move(idle.back());
    idle.pop_back();
    convolution.rest();
    return convolution;
  }

  void give(const Kind& kind, Convolution&& convolution) { convolutions[kind].push_back(std::move(convolution)); }

  Room arena{0};
  std::vector<Room> scratch;                              // one per lane
  std::map<Kind, std::vector<Convolution>> convolutions;  // that no program has now
};

Workspace::Workspace() : parts_(std::make_unique<Parts>()) {}
Workspace::~Workspace() = default;

struct Program::Parts {
  using Kind = Workspace::Parts::Kind;

  Parts(const Graph& graph, const ProgramOptions& options)
      : plan(plan_of(graph, options)),
        memory(plan_memory(plan, options.batch)),
        threads(options.threads),
        workspace(options.workspace ? options.workspace : std::make_shared<Workspace>()) {
    Workspace::Parts& shared = *workspace->parts_;
    while (std::cmp_less(shared.scratch.size(), threads)) shared.scratch.emplace_back(0);
    const Storage storage = value(plan.images).storage;
    for (const plan::PlannedConvolution& c : plan.convolutions) {
      kinds.push_back(
          {.shape = shape_of(c), .storage = storage, .input_gradient = c.input_gradient, .threads = threads});
      convolutions.push_back(shared.take(kinds.back()));
    }
    for (const plan::PlannedLinear& l : plan.linears) linears.emplace_back(l.in, l.out, threads);
    for (const plan::PlannedNorm& n : plan.norms) norms.emplace_back(n);
    for (const plan::PlannedSum& sum : plan.sums) sums.emplace_back(sum);
    drop_factors.resize(plan.drops.size());
  }

  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;
  ~Parts() {
    for (std::size_t i = 0; i < convolutions.size(); ++i) workspace->parts_->give(kinds[i], std::move(convolutions[i]));
  }

  /// Its places in the workspace, which others may have made larger meanwhile.
  void settle() {
    Workspace::Parts& shared = *workspace->parts_;
    arena = Workspace::Parts::grown(shared.arena, memory.arena);
    scratch.clear();
    for (int lane = 0; lane < threads; ++lane)
      scratch.push_back(Workspace::Parts::grown(shared.scratch[static_cast<std::size_t>(lane)], memory.scratch));
  }

  // --- where values are

  std::byte* address(ValueId id, int first_image, int lane) {
    if (id == kNone) return nullptr;
    const std::size_t offset = memory.offsets[static_cast<std::size_t>(id)];
    if (value(id).whole()) {
      return arena + offset + value(id).image_bytes() * static_cast<std::size_t>(first_image);
    }
    return scratch[static_cast<std::size_t>(lane)] + offset;
  }
  const Value& value(ValueId id) const { return plan.value(id); }

  // --- steps

  /// A block of images on its way through a pass.
  struct Block {
    Parts& parts;
    int number, first, images, lane;

    std::byte* at(ValueId id) const { return parts.address(id, first, lane); }
    float* floats(ValueId id) const { return reinterpret_cast<float*>(at(id)); }
    std::size_t count(ValueId id) const {
      return static_cast<std::size_t>(parts.value(id).shape.elements()) * static_cast<std::size_t>(images);
    }
    Storage storage(ValueId id) const { return parts.value(id).storage; }

    void operator()(const plan::Combine& step) const {
      const ValueId out = step.sum == kNone ? step.relu : step.sum;
      std::array<Term, 32> few;
      std::vector<Term> many;
      const std::span<Term> terms = step.terms.size() <= few.size()
                                        ? std::span(few).first(step.terms.size())
                                        : std::span(many = std::vector<Term>(step.terms.size()));
      for (std::size_t t = 0; t < terms.size(); ++t) {
        const plan::Term& planned = step.terms[t];
        terms[t] = {.x = at(planned.x), .scale = nullptr, .shift = nullptr, .mask = at(planned.mask)};
        if (planned.sum != kNone) {
          const WeightedSum& sum = parts.sums[static_cast<std::size_t>(planned.sum)];
          terms[t].scale = sum.tile(planned.input);
          terms[t].shift = sum.zero();
        }
        if (planned.norm == kNone) continue;
        const BatchNorm& norm = parts.norms[static_cast<std::size_t>(planned.norm)];
        terms[t].scale = norm.tile(planned.scale);
        terms[t].shift = norm.tile(planned.shift);
      }
      combine(storage(out), terms, count(out), tile_length(parts.value(out).shape.channels), at(step.sum),
              at(step.relu));
    }
    void operator()(const plan::Convolve& step) const {
      parts.convolutions[static_cast<std::size_t>(step.convolution)].forward(lane, images, at(step.x), at(step.y));
    }
    void operator()(const plan::ConvolveBack& step) const {
      parts.convolutions[static_cast<std::size_t>(step.convolution)].backward(lane, images, at(step.x), at(step.dy),
                                                                              at(step.dx));
    }
    void operator()(const plan::Average& step) const {
      average(storage(step.from), step.window, images, step.gradient, at(step.from), at(step.to));
    }
    void operator()(const plan::Maximum& step) const {
      maximum(storage(step.x), step.window, images, at(step.x), at(step.y));
    }
    void operator()(const plan::MaximumBack& step) const {
      maximum_gradient(storage(step.x), step.window, images, at(step.x), at(step.y), at(step.dy), at(step.dx));
    }
    void operator()(const plan::Move& step) const {
      move_values(storage(step.from), step.places, images, at(step.from), at(step.to));
    }
    void operator()(const plan::Drop& step) const {
      const auto index = static_cast<std::size_t>(step.drop);
      const std::vector<float>& factors = parts.drop_factors[index];
      const auto elements = static_cast<std::size_t>(parts.value(step.from).shape.elements());
      const auto before = static_cast<std::size_t>(first);
      if (!parts.plan.drops[index].whole_images) {
        scale_values(storage(step.from), at(step.from), factors.data() + before * elements, count(step.from),
                     at(step.to));
        return;
      }
      const std::size_t size = elements * bytes(storage(step.from));
      for (std::size_t i = 0; i < static_cast<std::size_t>(images); ++i) {
        scale_values(storage(step.from), at(step.from) + i * size, factors[before + i], elements,
                     at(step.to) + i * size);
      }
    }
    void operator()(const plan::GlobalAverage& step) const {
      const ValueId image = step.gradient ? step.to : step.from;
      const Shape& shape = parts.value(image).shape;
      const auto pixels = static_cast<std::size_t>(shape.height * shape.width);
      const auto channels = static_cast<std::size_t>(shape.channels);
      if (step.gradient) {
        global_average_gradient(storage(image), floats(step.from), images, pixels, channels, at(step.to));
      } else {
        global_average(storage(image), at(step.from), images, pixels, channels, floats(step.to));
      }
    }
    void operator()(const plan::Multiply& step) const {
      parts.linears[static_cast<std::size_t>(step.linear)].forward(images, floats(step.x), floats(step.y));
    }
    void operator()(const plan::MultiplyBack& step) const {
      parts.linears[static_cast<std::size_t>(step.linear)].backward(lane, images, floats(step.x), floats(step.dy),
                                                                    floats(step.dx));
    }
    void operator()(const plan::Moments& step) const {
      parts.norms[static_cast<std::size_t>(step.norm)].add_moments(number, storage(step.y), at(step.y), count(step.y));
    }
    void operator()(const plan::Reduce& step) const {
      parts.norms[static_cast<std::size_t>(step.norm)].add_reduction(number, storage(step.y), at(step.g), at(step.y),
                                                                     count(step.y));
    }
    void operator()(const plan::Weigh& step) const {
      parts.sums[static_cast<std::size_t>(step.sum)].add_product(number, step.input, storage(step.x), at(step.g),
                                                                 at(step.x), count(step.x));
    }
  };

  void run(int number) {
    const Pass& pass = plan.passes[static_cast<std::size_t>(number)];
    const int size = memory.passes[static_cast<std::size_t>(number)].block;  // of a block
    const int count = (images + size - 1) / size;
    for (const int norm : pass.norms) norms[static_cast<std::size_t>(norm)].begin(count);
    for (const int sum : pass.sums) sums[static_cast<std::size_t>(sum)].begin(count);
    std::exception_ptr failure;
    std::mutex failing;
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1)
    for (int b = 0; b < count; ++b) {
      const int first = b * size;
      const Block block{*this, b, first, std::min(size, images - first), omp_get_thread_num()};
      try {
        for (const Step& step : pass.steps) std::visit(block, step);
      } catch (...) {
        const std::lock_guard lock(failing);
        failure = std::current_exception();
      }
    }
    if (failure) std::rethrow_exception(failure);
  }

  /// What the drops of this step multiply with, in the order of the values in memory.
  void draw_drops() {
    for (std::size_t d = 0; d < plan.drops.size(); ++d) {
      const plan::PlannedDrop& drop = plan.drops[d];
      const auto batch = static_cast<std::size_t>(images);
      if (drop.whole_images) {
        drop_factors[d] = tse::drop_factors(drop_seed, drop.name, batch, drop_path_scale * drop.rate);
        continue;
      }
      const auto channels = static_cast<std::size_t>(drop.shape.channels);
      const auto elements = static_cast<std::size_t>(drop.shape.elements());
      const std::size_t pixels = elements / channels;
      const std::vector<float> drawn = tse::drop_factors(drop_seed, drop.name, batch * elements, drop.rate);
      drop_factors[d].resize(drawn.size());
      for (std::size_t i = 0; i < drawn.size(); ++i) {  // drawn channel by channel
        const std::size_t image = i / elements;
        const std::size_t channel = i % elements / pixels;
        drop_factors[d][image * elements + i % pixels * channels + channel] = drawn[i];
      }
    }
  }

  /// Makes each convolution ready for the blocks that it will get.
  void prepare() {
    for (std::size_t number = 0; number < plan.passes.size(); ++number) {
      const int block = memory.passes[number].block;
      for (const Step& step : plan.passes[number].steps) {
        const auto* forward = std::get_if<plan::Convolve>(&step);
        const auto* backward = std::get_if<plan::ConvolveBack>(&step);
        if (forward == nullptr && backward == nullptr) continue;
        const int index = forward != nullptr ? forward->convolution : backward->convolution;
        Convolution& convolution = convolutions[static_cast<std::size_t>(index)];
        if (images >= block) convolution.prepare(block, plan.training);
        if (images % block != 0) convolution.prepare(images % block, plan.training);
      }
    }
  }

  plan::Plan plan;
  MemoryPlan memory;
  int threads;
  std::shared_ptr<Workspace> workspace;
  std::byte* arena = nullptr;       // in the workspace, from a forward pass to its backward pass
  std::vector<std::byte*> scratch;  // the same, one per lane
  std::vector<Kind> kinds;          // of the convolutions
  std::vector<Convolution> convolutions;
  std::vector<Linear> linears;
  std::vector<BatchNorm> norms;
  std::vector<WeightedSum> sums;
  std::vector<std::vector<float>> drop_factors;
  std::uint64_t drop_seed = 0;
  double drop_path_scale = 1;
  int images = 0;             // of the last call of forward
  std::vector<float> logits;  // its result
  Tensors parameters;
};

Program::Program(const Graph& graph, const ProgramOptions& options) {
  if (options.batch < 1 || options.threads < 1) {
    throw UsageError("cpu program", "expected a batch and threads of 1 or more; got {} and {}", options.batch,
                     options.threads);
  }
  (void)instruction_set();  // before the first kernel
  parts_ = std::make_unique<Parts>(graph, options);
}

Program::~Program() = default;
Program::Program(Program&&) noexcept = default;
Program& Program::operator=(Program&&) noexcept = default;

void Program::begin_step(std::uint64_t seed, double drop_path_scale) {
  parts_->drop_seed = seed;
  parts_->drop_path_scale = drop_path_scale;
}

std::span<const float> Program::forward(const float* images, int count, const Tensors& parameters,
                                        const Tensors& buffers) {
  Parts& p = *parts_;
  if (count < 1 || count > p.memory.batch) {
    throw UsageError("cpu program", "expected 1 to {} images; got {}", p.memory.batch, count);
  }
  const OneThreadInside guard;
  p.images = count;
  p.parameters = parameters;
  p.settle();
  p.prepare();
  for (std::size_t i = 0; i < p.convolutions.size(); ++i) {
    const plan::PlannedConvolution& planned = p.plan.convolutions[i];
    p.convolutions[i].begin(parameters(planned.name + ".weight"),
                            planned.op.bias ? parameters(planned.name + ".bias") : nullptr);
  }
  for (std::size_t i = 0; i < p.linears.size(); ++i) {
    const std::string& name = p.plan.linears[i].name;
    p.linears[i].begin(parameters(name + ".weight"), parameters(name + ".bias"));
  }
  for (WeightedSum& sum : p.sums) sum.set(sum.parameter().empty() ? nullptr : parameters(sum.parameter()));
  p.draw_drops();
  const auto finish = [&](BatchNorm& norm, bool batch_statistics) {
    const bool affine = norm.op().affine;
    const bool track = norm.op().track;
    const float* weight = affine ? parameters(norm.name() + ".weight") : nullptr;
    const float* bias = affine ? parameters(norm.name() + ".bias") : nullptr;
    float* mean = track ? buffers(norm.name() + ".running_mean") : nullptr;
    float* variance = track ? buffers(norm.name() + ".running_var") : nullptr;
    if (batch_statistics) {
      norm.finish_moments(weight, bias, mean, variance);
    } else {
      norm.use_running(weight, bias, mean, variance);
    }
  };
  if (!p.plan.training) {
    for (BatchNorm& norm : p.norms) {
      if (norm.op().track) finish(norm, false);
    }
  }
  const Value& input = p.value(p.plan.images);
  store_values(input.storage, images,
               static_cast<std::size_t>(input.shape.elements()) * static_cast<std::size_t>(count),
               p.address(p.plan.images, 0, 0));
  for (int pass = 0; pass < p.plan.forward_passes; ++pass) {
    p.run(pass);
    for (const int norm : p.plan.passes[static_cast<std::size_t>(pass)].norms)
      finish(p.norms[static_cast<std::size_t>(norm)], true);
  }
  const Value& logits = p.value(p.plan.logits);
  const auto size = static_cast<std::size_t>(logits.shape.elements()) * static_cast<std::size_t>(count);
  p.logits.resize(size);
  load_values(logits.storage, p.address(p.plan.logits, 0, 0), size, p.logits.data());
  return p.logits;
}

std::vector<std::string> Program::learned() const { return plan::learned(parts_->plan); }

void Program::backward(std::span<const float> logits_gradient, const Tensors& gradients) {
  Parts& p = *parts_;
  const OneThreadInside guard;
  const Value& logits = p.value(p.plan.logits_gradient);
  store_values(logits.storage, logits_gradient.data(), logits_gradient.size(), p.address(p.plan.logits_gradient, 0, 0));
  for (std::size_t pass = static_cast<std::size_t>(p.plan.forward_passes); pass < p.plan.passes.size(); ++pass) {
    p.run(static_cast<int>(pass));
    for (const int number : p.plan.passes[pass].norms) {
      BatchNorm& norm = p.norms[static_cast<std::size_t>(number)];
      if (norm.op().affine) {
        norm.finish_reduction(p.parameters(norm.name() + ".weight"), gradients(norm.name() + ".weight"),
                              gradients(norm.name() + ".bias"));
      } else {
        norm.finish_reduction(nullptr, nullptr, nullptr);
      }
    }
  }
  for (std::size_t i = 0; i < p.sums.size(); ++i) {
    if (!p.plan.sums[i].learns) continue;
    std::fill_n(gradients(p.sums[i].parameter()), p.plan.sums[i].inputs, 0.0F);
  }
  for (std::size_t i = 0; i < p.sums.size(); ++i) {
    if (p.plan.sums[i].learns) p.sums[i].finish(gradients(p.sums[i].parameter()));
  }
  for (std::size_t i = 0; i < p.convolutions.size(); ++i) {
    const plan::PlannedConvolution& planned = p.plan.convolutions[i];
    if (!planned.learns) continue;
    p.convolutions[i].finish(gradients(planned.name + ".weight"),
                             planned.op.bias ? gradients(planned.name + ".bias") : nullptr);
  }
  for (std::size_t i = 0; i < p.linears.size(); ++i) {
    if (!p.plan.linears[i].learns) continue;
    const std::string& name = p.plan.linears[i].name;
    p.linears[i].finish(gradients(name + ".weight"), gradients(name + ".bias"));
  }
}

std::size_t Program::memory_bytes() const { return memory_of(parts_->memory, parts_->threads); }

std::size_t program_memory(const Graph& graph, const ProgramOptions& options) {
  return memory_of(plan_memory(plan_of(graph, options), options.batch), options.threads);
}

bool runs_on_cpu(const Graph& graph) { return plan::can_plan(graph) && without_kernel(graph) == nullptr; }

}  // namespace tse::cpu
