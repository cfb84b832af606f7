#pragma once

#include <algorithm>
#include <limits>

#include "tse/plan/plan.h"

namespace tse::plan {

// What steps compute that have no parameters, in plain loops over float64.

/// (N,C,H,W), one after another; a view.
struct PlainTensor {
  int images;
  Shape shape;
  double* data;

  double& at(int n, int c, int y, int x) const {
    return data[((n * shape.channels + c) * shape.height + y) * shape.width + x];
  }
  bool inside(int y, int x) const { return y >= 0 && y < shape.height && x >= 0 && x < shape.width; }
};

/// Calls rule(n,c,y,x) for each value.
template <class Rule>
void each(const PlainTensor& tensor, const Rule& rule) {
  for (int n = 0; n < tensor.images; ++n) {
    for (int c = 0; c < tensor.shape.channels; ++c) {
      for (int y = 0; y < tensor.shape.height; ++y) {
        for (int x = 0; x < tensor.shape.width; ++x) rule(n, c, y, x);
      }
    }
  }
}

inline void clear(const PlainTensor& to) {
  each(to, [&](int n, int c, int y, int x) { to.at(n, c, y, x) = 0; });
}

/// Calls rule(place of the weight, place in `in`, place in `out`) for each product that a convolution adds up.
template <class Rule>
void each_product(const op::Conv2d& op, const PlainTensor& in, const PlainTensor& out, const Rule& rule) {
  const int inputs = in.shape.channels / op.groups;
  const int outputs = op.out / op.groups;
  each(out, [&](int n, int c, int y, int x) {
    for (int i = 0; i < inputs; ++i) {
      for (int ky = 0; ky < op.kernel; ++ky) {
        for (int kx = 0; kx < op.kernel; ++kx) {
          const int from_y = y * op.stride - op.padding + ky * op.dilation;
          const int from_x = x * op.stride - op.padding + kx * op.dilation;
          if (!in.inside(from_y, from_x)) continue;
          const double& source = in.at(n, c / outputs * inputs + i, from_y, from_x);
          rule(((c * inputs + i) * op.kernel + ky) * op.kernel + kx, &source - in.data, &out.at(n, c, y, x) - out.data);
        }
      }
    }
  });
}

/// Calls rule(y, x) for each pixel of the image in the window of the output's pixel, row by row.
template <class Rule>
void each_in(const Window& w, int out_y, int out_x, const Rule& rule) {
  for (int ky = 0; ky < w.kernel; ++ky) {
    for (int kx = 0; kx < w.kernel; ++kx) {
      const int y = out_y * w.stride - w.padding + ky;
      const int x = out_x * w.stride - w.padding + kx;
      if (y >= 0 && y < w.height && x >= 0 && x < w.width) rule(y, x);
    }
  }
}

inline void average(const Window& window, const PlainTensor& in, const PlainTensor& out) {
  each(out, [&](int n, int c, int y, int x) {
    double sum = 0;
    int count = 0;
    each_in(window, y, x, [&](int from_y, int from_x) { ++count, sum += in.at(n, c, from_y, from_x); });
    out.at(n, c, y, x) = sum / count;
  });
}

inline void average_gradient(const Window& window, const PlainTensor& dy, const PlainTensor& dx) {
  clear(dx);
  each(dy, [&](int n, int c, int y, int x) {
    int count = 0;
    each_in(window, y, x, [&](int, int) { ++count; });
    each_in(window, y, x, [&](int to_y, int to_x) { dx.at(n, c, to_y, to_x) += dy.at(n, c, y, x) / count; });
  });
}

inline void maximum(const Window& window, const PlainTensor& in, const PlainTensor& out) {
  each(out, [&](int n, int c, int y, int x) {
    double most = -std::numeric_limits<double>::infinity();
    each_in(window, y, x, [&](int from_y, int from_x) { most = std::max(most, in.at(n, c, from_y, from_x)); });
    out.at(n, c, y, x) = most;
  });
}

inline void maximum_gradient(const Window& window, const PlainTensor& in, const PlainTensor& out, const PlainTensor& dy,
                             const PlainTensor& dx) {
  clear(dx);
  each(out, [&](int n, int c, int y, int x) {
    bool found = false;
    each_in(window, y, x, [&](int to_y, int to_x) {
      if (found || in.at(n, c, to_y, to_x) != out.at(n, c, y, x)) return;
      found = true;
      dx.at(n, c, to_y, to_x) += dy.at(n, c, y, x);
    });
  });
}

inline void move(const Places& p, const PlainTensor& from, const PlainTensor& to) {
  each(to, [&](int n, int c, int y, int x) {
    const int channel = c - p.to_first;
    if (channel < 0 || channel >= p.channels) {
      if (p.clear) to.at(n, c, y, x) = 0;
      return;
    }
    const int source = p.from_first + channel % p.groups * (p.channels / p.groups) + channel / p.groups;
    const bool inside = from.inside(y + p.shift, x + p.shift);
    to.at(n, c, y, x) = inside ? from.at(n, source, y + p.shift, x + p.shift) : 0;
  });
}

inline void global_average(const PlainTensor& image, const PlainTensor& mean) {
  clear(mean);
  const int pixels = image.shape.height * image.shape.width;
  each(image, [&](int n, int c, int y, int x) { mean.at(n, c, 0, 0) += image.at(n, c, y, x) / pixels; });
}

inline void global_average_gradient(const PlainTensor& dy, const PlainTensor& dx) {
  const int pixels = dx.shape.height * dx.shape.width;
  each(dx, [&](int n, int c, int y, int x) { dx.at(n, c, y, x) = dy.at(n, c, 0, 0) / pixels; });
}

}  // namespace tse::plan
