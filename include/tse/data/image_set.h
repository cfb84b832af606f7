#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tse {

/// Labelled images in memory, as bytes: what every reader makes and what training reads.
struct ImageSet {
  int count = 0;
  int channels = 0;
  int height = 0;
  int width = 0;
  std::vector<std::uint8_t> pixels;   // (N,C,H,W), 0 to 255
  std::vector<std::uint16_t> labels;  // (N), each below class_names.size()
  std::vector<std::string> class_names;

  std::size_t image_bytes() const {
    return static_cast<std::size_t>(channels) * static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  }
  std::span<const std::uint8_t> image(int index) const {
    return std::span(pixels).subspan(static_cast<std::size_t>(index) * image_bytes(), image_bytes());
  }
  int classes() const { return static_cast<int>(class_names.size()); }
  bool operator==(const ImageSet&) const = default;
};

/// SHA-256 over sizes, pixels, labels and class names, as 64 hexadecimal digits: two sets with one digest train alike.
std::string digest(const ImageSet& images);

/// Per channel, in units of the bytes (0 to 255): what the network sees is (byte - mean)/deviation.
struct Normalisation {
  std::vector<double> mean;
  std::vector<double> deviation;

  bool operator==(const Normalisation&) const = default;
};

/// Mean and population standard deviation over all pixels of the images with these indices, per channel. A channel
/// that never varies gets deviation 1.
Normalisation measure(const ImageSet& images, std::span<const int> indices);

/// Which images are for what. Indices into the training set are disjoint; `test` is a set of its own.
struct Split {
  std::vector<int> train;
  std::vector<int> valid;

  bool operator==(const Split&) const = default;
};

/// A data set ready for training.
struct DataSet {
  std::string spec;  // the string that names it, all that its content depends on
  ImageSet train;    // training images, those held out for validation included
  ImageSet test;
  Split split;  // of `train`
  Normalisation normalisation;
  std::string normalisation_source;  // "published", or "measured over N training images"
  std::string digest;                // SHA-256 over the digests of both sets and the split
};

}  // namespace tse
