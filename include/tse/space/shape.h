#pragma once

#include <cstdint>
#include <string>

namespace tse {

/// Of one image's activations.
struct Shape {
  int channels = 0;
  int height = 0;
  int width = 0;

  bool operator==(const Shape&) const = default;
  std::int64_t elements() const { return std::int64_t{channels} * height * width; }
};

std::string to_text(const Shape& shape);

}  // namespace tse
