#include "tse/gpu/kernels.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "tse/plan/plan.h"

namespace tse::gpu {
namespace {

using plan::Storage;

constexpr unsigned kMostBlocks = 2048;     // beyond them a thread takes more
constexpr unsigned kMostStatistics = 264;  // blocks, each of which leaves partial sums
constexpr long long kRowsOfThread = 8;     // of statistics, at the least
constexpr int kPackBytes = 16;

const char* type_of(Storage storage) { return storage == Storage::bf16 ? "bf16" : "float"; }

/// Values of a thread's load where the channels allow it, else one.
int pack_of(int channels, Storage storage) {
  const int most = kPackBytes / static_cast<int>(plan::bytes(storage));
  return channels % most == 0 ? most : 1;
}

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

/// Body of a kernel that takes `things` one after the other, `i` each.
std::string strided(const std::string& things, const std::string& body) {
  return fmt::format(
      "  THREADS {{\n"
      "  for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < {}; i += (long long)gridDim.x * "
      "blockDim.x) {{\n{}  }}\n"
      "  }}\n",
      things, body);
}

std::string kernel_text(const std::string& name, const std::string& parameters, const std::string& body) {
  return fmt::format("KERNEL {}({}) {{\n{}}}\n", name, parameters, body);
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

std::string window_name(const char* kind, const plan::Window& w, Storage storage) {
  return fmt::format("{}_{}_k{}s{}p{}_{}x{}x{}_{}x{}", kind, type_of(storage), w.kernel, w.stride, w.padding,
                     w.channels, w.height, w.width, w.out_height, w.out_width);
}

std::string window_constants(const plan::Window& w) {
  return fmt::format(
      "    const int kernel = {}, stride = {}, padding = {}, channels = {}, height = {}, width = {}, out_height = {}, "
      "out_width = {};\n",
      w.kernel, w.stride, w.padding, w.channels, w.height, w.width, w.out_height, w.out_width);
}

/// `i` of (images, rows, columns, channels/pack) taken apart into image, y, x and the first channel c.
std::string apart(const char* rows, const char* columns, int pack) {
  return fmt::format(
      "    const int c = (int)(i % (channels / {0})) * {0};\n"
      "    const int x = (int)(i / (channels / {0}) % {2});\n"
      "    const int y = (int)(i / (channels / {0}) / {2} % {1});\n"
      "    const long long image = i / (channels / {0}) / {2} / {1};\n",
      pack, rows, columns);
}

}  // namespace

std::string prelude() {
  return R"(
#ifdef __CUDACC__
typedef unsigned short bf16;
#define KERNEL extern "C" __global__ void __launch_bounds__(256)
#define DEVICE __device__ __forceinline__
#define SHARED __shared__
#define THREADS
#define SYNC() __syncthreads()
#define FENCE() __threadfence()
#endif

// of the windows, which slide by `stride` from -padding on, those that have the pixel
#define FIRST_WINDOW(at) ((at) + padding < kernel ? 0 : ((at) + padding - kernel) / stride + 1)
#define LAST_WINDOW(at, count) (((at) + padding) / stride < (count) ? ((at) + padding) / stride : (count) - 1)

DEVICE float widened(bf16 value) { return __uint_as_float((unsigned)value << 16); }

// to the nearest, of two the even one
DEVICE bf16 rounded(float value) {
  unsigned bits = __float_as_uint(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return (bf16)((bits >> 16) | 0x40u);
  bits += 0x7fffu + ((bits >> 16) & 1u);
  return (bf16)(bits >> 16);
}

DEVICE float load(const float* from) { return *from; }
DEVICE float load(const bf16* from) { return widened(*from); }
DEVICE void store(float* to, float value) { *to = value; }
DEVICE void store(bf16* to, float value) { *to = rounded(value); }

// a pack of values, by loads of 16 bytes where it is one of them
template <int pack>
DEVICE void load(const float* from, float (&values)[pack]) {
  if (pack % 4 == 0) {
    for (int k = 0; k < pack / 4; ++k) {
      const float4 four = ((const float4*)from)[k];
      values[(4 * k) % pack] = four.x;
      values[(4 * k + 1) % pack] = four.y;
      values[(4 * k + 2) % pack] = four.z;
      values[(4 * k + 3) % pack] = four.w;
    }
  } else {
    for (int k = 0; k < pack; ++k) values[k] = from[k];
  }
}
template <int pack>
DEVICE void load(const bf16* from, float (&values)[pack]) {
  if (pack == 8) {
    const uint4 all = *(const uint4*)from;
    const unsigned words[4] = {all.x, all.y, all.z, all.w};
    for (int k = 0; k < 4; ++k) {
      values[(2 * k) % pack] = __uint_as_float(words[k] << 16);
      values[(2 * k + 1) % pack] = __uint_as_float(words[k] & 0xffff0000u);
    }
  } else {
    for (int k = 0; k < pack; ++k) values[k] = widened(from[k]);
  }
}
template <int pack>
DEVICE void store(float* to, const float (&values)[pack]) {
  if (pack % 4 == 0) {
    for (int k = 0; k < pack / 4; ++k) {
      float4 four;
      four.x = values[(4 * k) % pack];
      four.y = values[(4 * k + 1) % pack];
      four.z = values[(4 * k + 2) % pack];
      four.w = values[(4 * k + 3) % pack];
      ((float4*)to)[k] = four;
    }
  } else {
    for (int k = 0; k < pack; ++k) to[k] = values[k];
  }
}
template <int pack>
DEVICE void store(bf16* to, const float (&values)[pack]) {
  if (pack == 8) {
    unsigned words[4];
    for (int k = 0; k < 4; ++k)
      words[k] = (unsigned)rounded(values[(2 * k) % pack]) | ((unsigned)rounded(values[(2 * k + 1) % pack]) << 16);
    uint4 all;
    all.x = words[0];
    all.y = words[1];
    all.z = words[2];
    all.w = words[3];
    *(uint4*)to = all;
  } else {
    for (int k = 0; k < pack; ++k) to[k] = rounded(values[k]);
  }
}

)";
}

unsigned blocks_for(long long things) {
  return static_cast<unsigned>(std::clamp<long long>((things + kThreads - 1) / kThreads, 1, kMostBlocks));
}

int pack_of(const CombineForm& form) {
  return std::min(pack_of(form.channels, form.from), pack_of(form.channels, form.to));
}

Kernel combine(const CombineForm& form) {
  const int pack = pack_of(form);
  std::string name = fmt::format("combine_{}_{}_{}{}{}", type_of(form.from), type_of(form.to), form.channels,
                                 form.sum ? "_sum" : "", form.relu ? "_relu" : "");
  std::string parameters = "long long packs";
  if (form.sum) parameters += fmt::format(", {}* sum", type_of(form.to));
  if (form.relu) parameters += fmt::format(", {}* relu", type_of(form.to));
  std::string body = fmt::format("    const int c = (int)(i % {}) * {};\n    (void)c;\n    float total[{}];\n",
                                 form.channels / pack, pack, pack);
  body += fmt::format("    for (int k = 0; k < {}; ++k) total[k] = 0;\n", pack);
  for (std::size_t t = 0; t < form.terms.size(); ++t) {
    const TermForm& term = form.terms[t];
    name += fmt::format("_{}{}{}", term.norm ? "n" : term.coefficient ? "c" : "p", term.mask ? "m" : "", "");
    parameters += fmt::format(", const {}* x{}", type_of(form.from), t);
    if (term.norm) parameters += fmt::format(", const float* scale{0}, const float* shift{0}", t);
    if (term.coefficient) parameters += fmt::format(", const float* coefficient{}", t);
    if (term.mask) parameters += fmt::format(", const {}* mask{}", type_of(form.from), t);
    body += fmt::format("    {{\n      float v[{0}];\n      load(x{1} + i * {0}, v);\n", pack, t);
    if (term.mask) body += fmt::format("      float m[{0}];\n      load(mask{1} + i * {0}, m);\n", pack, t);
    if (term.coefficient) body += fmt::format("      const float coefficient = *coefficient{};\n", t);
    body += fmt::format("      for (int k = 0; k < {}; ++k) {{\n        float value = v[k];\n", pack);
    if (term.coefficient) body += "        value *= coefficient;\n";
    if (term.norm) body += fmt::format("        value = scale{0}[c + k] * value + shift{0}[c + k];\n", t);
    body += term.mask ? "        if (m[k] > 0) total[k] += value;\n" : "        total[k] += value;\n";
    body += "      }\n    }\n";
  }
  if (form.sum) body += fmt::format("    store(sum + i * {}, total);\n", pack);
  if (form.relu) {
    body += fmt::format(
        "    for (int k = 0; k < {0}; ++k) total[k] = total[k] > 0 ? total[k] : (total[k] != total[k] ? total[k] : "
        "0);\n"
        "    store(relu + i * {0}, total);\n",
        pack);
  }
  return {.name = name, .text = kernel_text(name, parameters, strided("packs", body))};
}

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

Kernel average(const plan::Window& window, Storage storage, bool gradient) {
  const int pack = pack_of(window.channels, storage);
  const std::string name = window_name(gradient ? "average_gradient" : "average", window, storage);
  const char* type = type_of(storage);
  std::string body = window_constants(window);
  body += gradient ? apart("height", "width", pack) : apart("out_height", "out_width", pack);
  body += fmt::format("    float total[{0}], v[{0}];\n    for (int k = 0; k < {0}; ++k) total[k] = 0;\n", pack);
  if (gradient) {
    // of each window that the pixel is in, its share: one in the number of pixels that the window has of the image
    body += fmt::format(
        "    for (int oy = FIRST_WINDOW(y); oy <= LAST_WINDOW(y, out_height); ++oy) {{\n"
        "      const int top = oy * stride - padding;\n"
        "      const int rows = (top + kernel < height ? top + kernel : height) - (top > 0 ? top : 0);\n"
        "      for (int ox = FIRST_WINDOW(x); ox <= LAST_WINDOW(x, out_width); ++ox) {{\n"
        "        const int left = ox * stride - padding;\n"
        "        const int columns = (left + kernel < width ? left + kernel : width) - (left > 0 ? left : 0);\n"
        "        load(from + ((image * out_height + oy) * out_width + ox) * channels + c, v);\n"
        "        for (int k = 0; k < {0}; ++k) total[k] += v[k] / (float)(rows * columns);\n"
        "      }}\n"
        "    }}\n"
        "    store(to + i * {0}, total);\n",
        pack);
  } else {
    body += fmt::format(
        "    const int top = y * stride - padding, left = x * stride - padding;\n"
        "    int count = 0;\n"
        "    for (int iy = top > 0 ? top : 0; iy < top + kernel && iy < height; ++iy) {{\n"
        "      for (int ix = left > 0 ? left : 0; ix < left + kernel && ix < width; ++ix) {{\n"
        "        load(from + ((image * height + iy) * width + ix) * channels + c, v);\n"
        "        for (int k = 0; k < {0}; ++k) total[k] += v[k];\n"
        "        ++count;\n"
        "      }}\n"
        "    }}\n"
        "    for (int k = 0; k < {0}; ++k) total[k] /= (float)count;\n"
        "    store(to + i * {0}, total);\n",
        pack);
  }
  const long long pixels = gradient ? static_cast<long long>(window.height) * window.width
                                    : static_cast<long long>(window.out_height) * window.out_width;
  const std::string parameters = fmt::format("long long images, const {0}* from, {0}* to", type);
  return {.name = name,
          .text = kernel_text(name, parameters,
                              strided(fmt::format("images * {}", pixels * (window.channels / pack)), body))};
}

Kernel maximum(const plan::Window& window, Storage storage) {
  const std::string name = window_name("maximum", window, storage);
  const std::string body =
      window_constants(window) + apart("out_height", "out_width", 1) +
      "    const int top = y * stride - padding, left = x * stride - padding;\n"
      "    bool any = false;\n"
      "    float best = 0;\n"
      "    for (int iy = top > 0 ? top : 0; iy < top + kernel && iy < height; ++iy) {\n"
      "      for (int ix = left > 0 ? left : 0; ix < left + kernel && ix < width; ++ix) {\n"
      "        const float value = load(from + ((image * height + iy) * width + ix) * channels + c);\n"
      "        if (!any || value > best || value != value) best = value;\n"
      "        any = true;\n"
      "      }\n"
      "    }\n"
      "    store(to + i, best);\n";
  const std::string parameters = fmt::format("long long images, const {0}* from, {0}* to", type_of(storage));
  return {.name = name,
          .text = kernel_text(
              name, parameters,
              strided(fmt::format("images * {}", window.out_height * window.out_width * window.channels), body))};
}

Kernel maximum_back(const plan::Window& window, Storage storage) {
  const std::string name = window_name("maximum_back", window, storage);
  // a pixel has the gradient of each window of which it is the first of the largest
  const std::string body =
      window_constants(window) + apart("height", "width", 1) +
      "    float total = 0;\n"
      "    for (int oy = FIRST_WINDOW(y); oy <= LAST_WINDOW(y, out_height); ++oy) {\n"
      "      for (int ox = FIRST_WINDOW(x); ox <= LAST_WINDOW(x, out_width); ++ox) {\n"
      "        const int top = oy * stride - padding, left = ox * stride - padding;\n"
      "        int at = -1;\n"
      "        float best = 0;\n"
      "        for (int iy = top > 0 ? top : 0; iy < top + kernel && iy < height; ++iy) {\n"
      "          for (int ix = left > 0 ? left : 0; ix < left + kernel && ix < width; ++ix) {\n"
      "            const float value = load(from + ((image * height + iy) * width + ix) * channels + c);\n"
      "            if (at < 0 || value > best || value != value) {\n"
      "              best = value;\n"
      "              at = iy * width + ix;\n"
      "            }\n"
      "          }\n"
      "        }\n"
      "        if (at == y * width + x) total += load(gradient + ((image * out_height + oy) * out_width + ox) * "
      "channels "
      "+ c);\n"
      "      }\n"
      "    }\n"
      "    store(to + i, total);\n";
  const std::string parameters =
      fmt::format("long long images, const {0}* from, const {0}* gradient, {0}* to", type_of(storage));
  return {
      .name = name,
      .text = kernel_text(name, parameters,
                          strided(fmt::format("images * {}", window.height * window.width * window.channels), body))};
}

Kernel move(const plan::Places& p, Storage from, Storage to) {
  const std::string name =
      fmt::format("move_{}_{}_{}x{}_{}to{}_{}to{}_n{}g{}s{}{}{}", type_of(from), type_of(to), p.height, p.width,
                  p.from_channels, p.to_channels, p.from_first, p.to_first, p.channels, p.groups,
                  p.shift < 0 ? "m" : "", std::abs(p.shift), p.clear ? "_clear" : "");
  const int first = p.clear ? 0 : p.to_first;  // of the channels that are written
  const int count = p.clear ? p.to_channels : p.channels;
  const std::string body = fmt::format(
      "    const int channels = {0};\n{1}"
      "    const int q = c + {2} - {3};\n"
      "    const int iy = y + {4}, ix = x + {4};\n"
      "    float value = 0;\n"
      "    if (q >= 0 && q < {5} && iy >= 0 && iy < {6} && ix >= 0 && ix < {7})\n"
      "      value = load(from + ((image * {6} + iy) * {7} + ix) * {8} + {9} + q % {10} * ({5} / {10}) + q / {10});\n"
      "    store(to + ((image * {6} + y) * {7} + x) * {11} + {2} + c, value);\n",
      count, apart(std::to_string(p.height).c_str(), std::to_string(p.width).c_str(), 1), first, p.to_first, p.shift,
      p.channels, p.height, p.width, p.from_channels, p.from_first, p.groups, p.to_channels);
  const std::string parameters = fmt::format("long long images, const {}* from, {}* to", type_of(from), type_of(to));
  return {.name = name,
          .text = kernel_text(name, parameters, strided(fmt::format("images * {}", p.height * p.width * count), body))};
}

Kernel global_average(const Shape& shape, Storage storage, bool gradient) {
  const std::string name = fmt::format("global_average{}_{}_{}x{}x{}", gradient ? "_gradient" : "", type_of(storage),
                                       shape.channels, shape.height, shape.width);
  const int pixels = shape.height * shape.width;
  const char* type = type_of(storage);
  if (gradient) {
    const std::string body = fmt::format(
        "    const long long image = i / {0};\n"
        "    store(to + i, from[image * {1} + i % {1}] / {2}.0f);\n",
        pixels * shape.channels, shape.channels, pixels);
    return {.name = name,
            .text = kernel_text(name, fmt::format("long long images, const float* from, {}* to", type),
                                strided(fmt::format("images * {}", pixels * shape.channels), body))};
  }
  const std::string body = fmt::format(
      "    const long long image = i / {0};\n"
      "    float total = 0;\n"
      "    for (int pixel = 0; pixel < {1}; ++pixel) total += load(from + (image * {1} + pixel) * {0} + i % {0});\n"
      "    to[i] = total / {1}.0f;\n",
      shape.channels, pixels);
  return {.name = name,
          .text = kernel_text(name, fmt::format("long long images, const {}* from, float* to", type),
                              strided(fmt::format("images * {}", shape.channels), body))};
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
