#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tse {

/// One decoded colour image: (H,W,3), red, green, blue, 0 to 255.
struct Picture {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;

  bool operator==(const Picture&) const = default;
};

/// Decodes a JPEG or PNG image, told apart by its first bytes. Grey becomes three equal channels; a palette is looked
/// up; 16 bits become 8; an alpha channel is dropped, its colours kept. EXIF orientation is ignored: the pixels stay as
/// stored. DataError at `place` for anything damaged or cut short, larger than 16,384 a side or 64 million pixels,
/// animated (APNG), a JPEG of four colours (CMYK), and every other format (named where it is a known one).
Picture decode_picture(std::span<const std::uint8_t> bytes, std::string_view place);

/// Resamples with an antialiased triangle filter ("bilinear" of PIL, and of torch with antialias), first along rows,
/// then along columns, rounded once at the end. The aspect ratio is not kept.
Picture resize(const Picture& picture, int width, int height);

/// The picture as planes, (C,H,W): three, or with `channels` 1 grey, weighed as in ITU-R BT.601. `planes` has the size.
void write_planes(const Picture& picture, int channels, std::span<std::uint8_t> planes);

}  // namespace tse
