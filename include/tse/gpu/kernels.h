#pragma once

#include <string>
#include <vector>

#include "tse/plan/step.h"
#include "tse/plan/value.h"
#include "tse/space/shape.h"

namespace tse::gpu {

// The kernels that walk a plan on a GPU, as CUDA C for a compiler at run time: each made for the channels, terms and
// windows of one network, so that nothing is decided on the device. Convolutions and linear layers are a library's.
//
// Values are channels-last without gaps, (images, height, width, channels); rows are their pixels. Statistics, weights
// of batch norms and coefficients are float. Sums over the batch are of partial ones in a fixed order, so that runs
// repeat to the bit whatever runs beside. Nothing is said of the device but that blocks have kThreads threads; compiled
// as C++ with `host.h` of the tests before it, the same text runs on a CPU.

/// One kernel. Its text stands for itself after prelude(), and its name says all that the text depends on, so the same
/// name is the same kernel.
struct Kernel {
  std::string name;
  std::string text;
  bool operator==(const Kernel&) const = default;
};

inline constexpr int kThreads = 256;  // of a block

/// What every kernel needs, once before them.
std::string prelude();

/// How many blocks take so many things, each thread some of them in turn.
unsigned blocks_for(long long things);

/// Of what a term of a combine is made beside its values.
struct TermForm {
  bool norm = false;         // scale and shift per channel
  bool coefficient = false;  // one for all
  bool mask = false;
  bool operator==(const TermForm&) const = default;
};

struct CombineForm {
  int channels = 1;
  plan::Storage from = plan::Storage::fp32;
  plan::Storage to = plan::Storage::fp32;
  std::vector<TermForm> terms = {};
  bool sum = false;
  bool relu = false;
};

/// Arguments: long long packs; sum, relu (those that there are); for each term its x, then float scale and shift,
/// coefficient, mask (those that there are). Takes pack_of(form) values at a time, and `packs` of them in all.
Kernel combine(const CombineForm& form);
int pack_of(const CombineForm& form);

/// Where a norm's floats are, kPerNorm times its channels, one kind after another.
enum PerNorm : int { kMean, kDeviation, kScale, kShift, kGradientShift, kInputScale, kPerNorm };

struct NormForm {
  int channels = 1;
  plan::Storage storage = plan::Storage::fp32;
  bool affine = true;
  bool track = true;
};

/// The grid of a statistics kernel over so many rows, and the room for its partial sums.
unsigned blocks_of(const NormForm& form, long long rows);
unsigned chunks_of(const NormForm& form);
long long partial_floats(const NormForm& form, long long rows);

/// Arguments: long long rows; y; float partial; unsigned counter, 0 before and after; float weight, bias (where
/// affine); float running mean and variance (where tracked); float norm. Writes mean, deviation (1/sqrt(v + eps)),
/// scale and shift, and moves the running ones.
Kernel moments(const NormForm& form);

/// Arguments: long long rows; g; y; float partial; unsigned counter; float weight (where affine); float norm; float
/// gradients of weight and bias (where affine). Writes gradient shift and input scale, and the gradients.
Kernel reduce(const NormForm& form);

/// Arguments: float weight, bias (where affine); float running mean and variance; float norm. Writes scale and shift of
/// evaluation. One block.
Kernel running(const NormForm& form);

/// Arguments: long long images; from; to. The mean over each window, or its gradient.
Kernel average(const plan::Window& window, plan::Storage storage, bool gradient);

/// Arguments: long long images; x; y.
Kernel maximum(const plan::Window& window, plan::Storage storage);

/// Arguments: long long images; x; dy; dx.
Kernel maximum_back(const plan::Window& window, plan::Storage storage);

/// Arguments: long long images; from; to.
Kernel move(const plan::Places& places, plan::Storage from, plan::Storage to);

/// Arguments: long long images; from; to, of which the smaller one is (images, channels) of float.
Kernel global_average(const Shape& shape, plan::Storage storage, bool gradient);

/// Arguments: long long count; g; x; float partial, blocks_for(count) of them; unsigned counter; float coefficient;
/// float gradient, to which it adds, times c*(1 - c) for a positive coefficient.
Kernel weigh(plan::Storage storage, bool positive);

}  // namespace tse::gpu
