#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "text.h"
#include "tse/gpu/kernels.h"

namespace tse::gpu {
namespace {

using plan::Storage;

constexpr unsigned kMostBlocks = 2048;  // beyond them a thread takes more

}  // namespace

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
    name += fmt::format("_{}{}", term.norm ? "n" : term.coefficient ? "c" : "p", term.mask ? "m" : "");
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
      count, apart(std::to_string(p.height), std::to_string(p.width), 1), first, p.to_first, p.shift, p.channels,
      p.height, p.width, p.from_channels, p.from_first, p.groups, p.to_channels);
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

}  // namespace tse::gpu
