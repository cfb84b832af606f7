#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "tse/base/random.h"
#include "tse/data/image_set.h"

namespace tse {

/// How a training image is changed before the network sees it, in this order: resized crop, flip, crop, normalise,
/// cutout.
struct Augment {
  double resized_crop = 0;  // least share of the area of a box that becomes the image, 0: none. Its area is uniform up
                            // to the whole, the logarithm of its width over its height uniform between those of 3/4 and
                            // 4/3, its place uniform (Szegedy et al. 2015, arXiv 1409.4842, section 6)
  bool flip = false;        // horizontal, with probability one half
  int crop = 0;             // zero padding of the bytes on each side before a random crop of the old size, pixels
  int cutout = 0;           // side of the square set to zero after normalisation, pixels (DeVries and Taylor,
                            // arXiv 1708.04552: its centre is uniform over the image, what sticks out is cut off)

  bool operator==(const Augment&) const = default;
};

/// A part of an image, pixels.
struct Box {
  int top = 0;
  int left = 0;
  int height = 0;
  int width = 0;

  bool operator==(const Box&) const = default;
};

/// What one image of one epoch drew. The default changes nothing.
struct Draw {
  Box box = {};  // what becomes the image, by bilinear interpolation between the pixels' centres, rounded to bytes; one
                 // of no height: all of it
  bool mirror = false;
  int dy = 0;  // row y of the result is row y + dy of the image, zero where there is none
  int dx = 0;  // the same for columns, after the flip
  int cut_top = 0;
  int cut_bottom = 0;  // one past the last row; equal to cut_top: no cutout
  int cut_left = 0;
  int cut_right = 0;

  bool operator==(const Draw&) const = default;
};

Draw draw(const Augment& augment, int height, int width, Stream& stream);

/// Per channel, what the network sees of each of the 256 byte values: (byte - mean)/deviation.
using PixelTable = std::vector<std::array<float, 256>>;

PixelTable make_pixel_table(const Normalisation& normalisation);

/// Writes image `index`, changed as `draw` says, to `out` (H,W,C). The table has one row per channel.
void write_augmented(const ImageSet& images, int index, const Draw& draw, const PixelTable& table, float* out);

}  // namespace tse
