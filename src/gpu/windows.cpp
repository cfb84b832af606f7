#include <fmt/format.h>

#include "text.h"
#include "tse/gpu/kernels.h"

namespace tse::gpu {
namespace {

using plan::Storage;

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

/// The largest of a window's pixels as `best`, and where it is as `at`, the first of equals; after `top` and `left`.
constexpr const char* kLargest =
    "    int at = -1;\n"
    "    float best = 0;\n"
    "    for (int iy = top > 0 ? top : 0; iy < top + kernel && iy < height; ++iy) {\n"
    "      for (int ix = left > 0 ? left : 0; ix < left + kernel && ix < width; ++ix) {\n"
    "        const float value = load(from + ((image * height + iy) * width + ix) * channels + c);\n"
    "        if (at < 0 || value > best || value != value) {\n"
    "          best = value;\n"
    "          at = iy * width + ix;\n"
    "        }\n"
    "      }\n"
    "    }\n";

}  // namespace

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
  const std::string body = window_constants(window) + apart("out_height", "out_width", 1) +
                           "    const int top = y * stride - padding, left = x * stride - padding;\n" + kLargest +
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
      "        const int top = oy * stride - padding, left = ox * stride - padding;\n" +
      kLargest +
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

}  // namespace tse::gpu
