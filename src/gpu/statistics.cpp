#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "text.h"
#include "tse/gpu/kernels.h"
#include "tse/plan/plan.h"

namespace tse::gpu {
namespace {

using plan::Storage;

constexpr unsigned kMostStatistics = 264;  // blocks, each of which leaves partial sums
constexpr long long kRowsOfThread = 8;     // of statistics, at the least

/// How a block of a statistics kernel shares a row's packs and the rows among its threads.
struct Split {
  int pack;    // channels of a thread
  int packs;   // of a row
  int across;  // threads side by side on a row
  int lanes;   // rows at a time, a power of two
};

Split split_of(int channels, Storage storage) {
  const int pack = pack_of(channels, storage);
  const int packs = channels / pack;
  const int across = std::min(packs, kThreads);
  const auto lanes = static_cast<int>(std::bit_floor(static_cast<unsigned>(kThreads / across)));
  return {.pack = pack, .packs = packs, .across = across, .lanes = lanes};
}

unsigned chunks_of(const Split& split) {
  return static_cast<unsigned>((split.packs + split.across - 1) / split.across);
}

/// Sums two numbers per channel over all rows: of each row by `term`, which adds to s[k] and t[k] for the pack's k-th
/// channel; what the last block makes of the sums S and T of channel c by `finish`.
std::string statistics_text(const std::string& name, const std::string& parameters, const Split& split, int channels,
                            const std::string& begin, const std::string& term, const std::string& finish) {
  const int values = split.across * split.lanes * split.pack * 2;
  std::string text;
  text += fmt::format("  SHARED float shared[{}];\n  SHARED int last;\n", values);
  text += fmt::format("  const int across = {}, lanes = {}, pack = {}, channels = {};\n", split.across, split.lanes,
                      split.pack, channels);
  text +=
      "  THREADS {\n"
      "    const int lane = threadIdx.x / across;\n"
      "    const int first = (blockIdx.y * across + threadIdx.x % across) * pack;\n"
      "    float s[pack], t[pack];\n"
      "    for (int k = 0; k < pack; ++k) s[k] = t[k] = 0;\n"
      "    if (lane < lanes && first < channels) {\n" +
      begin +
      "      for (long long row = (long long)blockIdx.x * lanes + lane; row < rows; row += (long long)gridDim.x * "
      "lanes) "
      "{\n" +
      term +
      "      }\n"
      "    }\n"
      "    if (lane < lanes) {\n"
      "      for (int k = 0; k < pack; ++k) {\n"
      "        shared[((lane * across + threadIdx.x % across) * pack + k) * 2] = s[k];\n"
      "        shared[((lane * across + threadIdx.x % across) * pack + k) * 2 + 1] = t[k];\n"
      "      }\n"
      "    }\n"
      "  }\n"
      "  SYNC();\n"
      "  for (int half = lanes / 2; half > 0; half /= 2) {\n"
      "    THREADS {\n"
      "      for (int j = threadIdx.x; j < half * across * pack * 2; j += blockDim.x) shared[j] += shared[half * "
      "across "
      "* pack * 2 + j];\n"
      "    }\n"
      "    SYNC();\n"
      "  }\n"
      "  THREADS {\n"
      "    for (int j = threadIdx.x; j < across * pack * 2; j += blockDim.x) {\n"
      "      const int channel = blockIdx.y * across * pack + j / 2;\n"
      "      if (channel < channels) partial[((long long)blockIdx.x * channels + channel) * 2 + j % 2] = shared[j];\n"
      "    }\n"
      "    FENCE();\n"
      "  }\n"
      "  SYNC();\n"
      "  THREADS {\n"
      "    if (threadIdx.x == 0) last = atomicAdd(counter, 1u) == gridDim.x * gridDim.y - 1;\n"
      "  }\n"
      "  SYNC();\n"
      "  if (!last) return;\n"
      "  FENCE();\n"
      "  THREADS {\n"
      "    if (threadIdx.x == 0) *counter = 0;\n"
      "    for (int c = threadIdx.x; c < channels; c += blockDim.x) {\n"
      "      float S = 0, T = 0;\n"
      "      for (unsigned b = 0; b < gridDim.x; ++b) {\n"
      "        S += partial[((long long)b * channels + c) * 2];\n"
      "        T += partial[((long long)b * channels + c) * 2 + 1];\n"
      "      }\n" +
      finish +
      "    }\n"
      "  }\n";
  return kernel_text(name, parameters, text);
}

std::string norm_name(const char* kind, const NormForm& form) {
  return fmt::format("{}_{}_{}{}{}", kind, type_of(form.storage), form.channels, form.affine ? "_affine" : "",
                     form.track ? "_track" : "");
}

std::string eps_text() { return fmt::format("{:.9e}f", static_cast<double>(plan::kBatchNormEps)); }

}  // namespace

unsigned blocks_of(const NormForm& form, long long rows) {
  const Split split = split_of(form.channels, form.storage);
  const long long wanted = (rows + split.lanes * kRowsOfThread - 1) / (split.lanes * kRowsOfThread);
  return static_cast<unsigned>(std::clamp<long long>(wanted, 1, kMostStatistics));
}

long long partial_floats(const NormForm& form, long long rows) {
  return 2LL * form.channels * static_cast<long long>(blocks_of(form, rows));
}

unsigned chunks_of(const NormForm& form) { return chunks_of(split_of(form.channels, form.storage)); }

Kernel moments(const NormForm& form) {
  const std::string name = norm_name("moments", form);
  std::string parameters =
      fmt::format("long long rows, const {}* y, float* partial, unsigned* counter", type_of(form.storage));
  if (form.affine) parameters += ", const float* weight, const float* bias";
  if (form.track) parameters += ", float* running_mean, float* running_variance";
  parameters += ", float* norm";
  // about the first pixel's values, so that the difference of two large numbers is none
  const std::string begin =
      "      float pivot[pack];\n"
      "      load(y + first, pivot);\n";
  const std::string term =
      "        float v[pack];\n"
      "        load(y + row * channels + first, v);\n"
      "        for (int k = 0; k < pack; ++k) {\n"
      "          const float d = v[k] - pivot[k];\n"
      "          s[k] += d;\n"
      "          t[k] += d * d;\n"
      "        }\n";
  std::string finish = fmt::format(
      "      const float n = (float)rows;\n"
      "      const float mean = load(y + c) + S / n;\n"
      "      float variance = T / n - S / n * (S / n);\n"
      "      if (variance < 0) variance = 0;\n"
      "      const float deviation = 1 / sqrtf(variance + {});\n"
      "      const float scale = {};\n"
      "      norm[{} * channels + c] = mean;\n"
      "      norm[{} * channels + c] = deviation;\n"
      "      norm[{} * channels + c] = scale;\n"
      "      norm[{} * channels + c] = {} - mean * scale;\n",
      eps_text(), form.affine ? "weight[c] * deviation" : "deviation", static_cast<int>(kMean),
      static_cast<int>(kDeviation), static_cast<int>(kScale), static_cast<int>(kShift), form.affine ? "bias[c]" : "0");
  if (form.track) {
    finish += fmt::format(
        "      running_mean[c] += {0:.9e}f * (mean - running_mean[c]);\n"
        "      running_variance[c] += {0:.9e}f * (variance * n / (n - 1) - running_variance[c]);\n",
        static_cast<double>(plan::kBatchNormMomentum));
  }
  return {.name = name,
          .text = statistics_text(name, parameters, split_of(form.channels, form.storage), form.channels, begin, term,
                                  finish)};
}

Kernel reduce(const NormForm& form) {
  const std::string name = norm_name("reduce", form);
  std::string parameters = fmt::format("long long rows, const {0}* g, const {0}* y, float* partial, unsigned* counter",
                                       type_of(form.storage));
  if (form.affine) parameters += ", const float* weight";
  parameters += ", float* norm";
  if (form.affine) parameters += ", float* weight_gradient, float* bias_gradient";
  const std::string begin = fmt::format(
      "      float mean[pack];\n"
      "      for (int k = 0; k < pack; ++k) mean[k] = norm[{} * channels + first + k];\n",
      static_cast<int>(kMean));
  const std::string term =
      "        float v[pack], w[pack];\n"
      "        load(g + row * channels + first, v);\n"
      "        load(y + row * channels + first, w);\n"
      "        for (int k = 0; k < pack; ++k) {\n"
      "          s[k] += v[k];\n"
      "          t[k] += v[k] * (w[k] - mean[k]);\n"
      "        }\n";
  std::string finish = fmt::format(
      "      const float n = (float)rows;\n"
      "      const float deviation = norm[{0} * channels + c];\n"
      "      const float factor = {1};\n"
      "      const float input_scale = -factor * deviation * deviation * T / n;\n"
      "      norm[{2} * channels + c] = input_scale;\n"
      "      norm[{3} * channels + c] = -factor * S / n - norm[{4} * channels + c] * input_scale;\n",
      static_cast<int>(kDeviation), form.affine ? "weight[c] * deviation" : "deviation", static_cast<int>(kInputScale),
      static_cast<int>(kGradientShift), static_cast<int>(kMean));
  if (form.affine) {
    finish +=
        "      weight_gradient[c] = T * deviation;\n"
        "      bias_gradient[c] = S;\n";
  }
  return {.name = name,
          .text = statistics_text(name, parameters, split_of(form.channels, form.storage), form.channels, begin, term,
                                  finish)};
}

Kernel running(const NormForm& form) {
  const std::string name = norm_name("running", form);
  std::string parameters;
  if (form.affine) parameters += "const float* weight, const float* bias, ";
  parameters += "const float* running_mean, const float* running_variance, float* norm";
  const std::string body = fmt::format(
      "    const float scale = {} / sqrtf(running_variance[i] + {});\n"
      "    norm[{} * {} + i] = scale;\n"
      "    norm[{} * {} + i] = {} - running_mean[i] * scale;\n",
      form.affine ? "weight[i]" : "1", eps_text(), static_cast<int>(kScale), form.channels, static_cast<int>(kShift),
      form.channels, form.affine ? "bias[i]" : "0");
  return {.name = name, .text = kernel_text(name, parameters, strided(std::to_string(form.channels), body))};
}

Kernel weigh(Storage storage, bool positive) {
  const std::string name = fmt::format("weigh_{}{}", type_of(storage), positive ? "_positive" : "");
  const std::string parameters = fmt::format(
      "long long count, const {0}* g, const {0}* x, float* partial, unsigned* counter, const float* coefficient, "
      "float* "
      "gradient",
      type_of(storage));
  const std::string body = fmt::format(
      "  SHARED float shared[{0}];\n"
      "  SHARED int last;\n"
      "  THREADS {{\n"
      "    float total = 0;\n"
      "    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < count; i += (long long)gridDim.x * "
      "blockDim.x)\n"
      "      total += load(g + i) * load(x + i);\n"
      "    shared[threadIdx.x] = total;\n"
      "  }}\n"
      "  SYNC();\n"
      "  for (int half = {0} / 2; half > 0; half /= 2) {{\n"
      "    THREADS {{\n"
      "      if (threadIdx.x < half) shared[threadIdx.x] += shared[threadIdx.x + half];\n"
      "    }}\n"
      "    SYNC();\n"
      "  }}\n"
      "  THREADS {{\n"
      "    if (threadIdx.x == 0) {{\n"
      "      partial[blockIdx.x] = shared[0];\n"
      "      FENCE();\n"
      "      last = atomicAdd(counter, 1u) == gridDim.x - 1;\n"
      "    }}\n"
      "  }}\n"
      "  SYNC();\n"
      "  if (!last) return;\n"
      "  FENCE();\n"
      "  THREADS {{\n"
      "    if (threadIdx.x == 0) {{\n"
      "      *counter = 0;\n"
      "      float total = 0;\n"
      "      for (unsigned b = 0; b < gridDim.x; ++b) total += partial[b];\n"
      "      const float c = *coefficient;\n"
      "      (void)c;\n"
      "      *gradient += total{1};\n"
      "    }}\n"
      "  }}\n",
      kThreads, positive ? " * c * (1 - c)" : "");
  return {.name = name, .text = kernel_text(name, parameters, body)};
}

}  // namespace tse::gpu
