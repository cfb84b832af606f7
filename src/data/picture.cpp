#include "tse/data/picture.h"

#include <png.h>
#include <turbojpeg.h>

#include <algorithm>
#include <memory>
#include <new>
#include <string>
#include <type_traits>

#include "tse/base/error.h"
#include "tse/base/file.h"

namespace tse {
namespace {

constexpr int kMostSide = 16'384;
constexpr std::int64_t kMostPixels = 64'000'000;

// No file holds more pixels than this per byte, so a few bytes cannot ask for much memory: deflate packs at most 1032:1
// and a PNG pixel takes a bit at least; a JPEG spends a bit on each block of 64 at least, less where it is arithmetic.
constexpr std::int64_t kMostPixelsPerByte = 8 * 1032;

void check_size(std::int64_t width, std::int64_t height, std::size_t bytes, std::string_view place) {
  if (width < 1 && height < 1) throw DataError(place, "expected a whole image; got one without a size");
  if (width < 1 || height < 1 || width > kMostSide || height > kMostSide || width * height > kMostPixels) {
    throw DataError(place, "expected 1 to {} pixels a side and at most {} pixels; got {}x{}", kMostSide, kMostPixels,
                    width, height);
  }
  if (width * height > kMostPixelsPerByte * static_cast<std::int64_t>(bytes)) {
    throw DataError(place, "expected the pixels of {}x{}; the {} bytes of the file cannot hold them", width, height,
                    bytes);
  }
}

Picture blank(int width, int height) {
  return {.width = width,
          .height = height,
          .rgb = std::vector<std::uint8_t>(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3)};
}

Picture decode_jpeg(std::span<const std::uint8_t> bytes, std::string_view place) {
  const std::unique_ptr<void, int (*)(tjhandle)> decoder(tjInitDecompress(), tjDestroy);
  if (!decoder) throw std::bad_alloc();
  const auto refuse = [&] { throw DataError(place, "expected a whole JPEG image; {}", tjGetErrorStr2(decoder.get())); };
  int width = 0;
  int height = 0;
  int sampling = 0;
  int colours = 0;
  const auto size = static_cast<unsigned long>(bytes.size());
  if (tjDecompressHeader3(decoder.get(), bytes.data(), size, &width, &height, &sampling, &colours) != 0) refuse();
  check_size(width, height, bytes.size(), place);
  if (colours == TJCS_CMYK || colours == TJCS_YCCK) {
    throw DataError(place, "expected a JPEG image of one or three colours; got four (CMYK): convert it to RGB");
  }
  Picture picture = blank(width, height);
  // warnings are data cut short or damaged; without a limit a progressive file of a few bytes decodes for minutes
  constexpr int kFlags = TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS | TJFLAG_ACCURATEDCT;
  if (tjDecompress2(decoder.get(), bytes.data(), size, picture.rgb.data(), width, 0, height, TJPF_RGB, kFlags) != 0) {
    refuse();
  }
  return picture;
}

/// Whether there is an `acTL` chunk before the pixels: an animation. Stops where the chunks make no sense, which is
/// libpng's to report.
bool is_animated(std::span<const std::uint8_t> bytes) {
  for (std::size_t offset = 8; offset + 8 <= bytes.size();) {
    const std::string_view name = as_text(bytes.subspan(offset + 4, 4));
    if (name == "acTL") return true;
    if (name == "IDAT" || name == "IEND") return false;
    const std::size_t length = (std::size_t{bytes[offset]} << 24U) | (std::size_t{bytes[offset + 1]} << 16U) |
                               (std::size_t{bytes[offset + 2]} << 8U) | std::size_t{bytes[offset + 3]};
    if (length > bytes.size()) return false;
    offset += 12 + length;
  }
  return false;
}

Picture decode_png(std::span<const std::uint8_t> bytes, std::string_view place) {
  if (is_animated(bytes)) throw DataError(place, "expected a still image; got an animated PNG (chunk acTL)");
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  const std::unique_ptr<png_image, void (*)(png_imagep)> guard(&image, png_image_free);
  const auto refuse = [&] { throw DataError(place, "expected a whole PNG image; {}", std::string(image.message)); };
  if (png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()) == 0) refuse();
  check_size(image.width, image.height, bytes.size(), place);
  // 16-bit images without a gamma are taken as sRGB, as the 8-bit ones are
  image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
  image.format = PNG_FORMAT_RGBA;
  std::vector<std::uint8_t> rgba(PNG_IMAGE_SIZE(image));
  const auto width = static_cast<int>(image.width);
  const auto height = static_cast<int>(image.height);
  if (png_image_finish_read(&image, nullptr, rgba.data(), 0, nullptr) == 0) refuse();
  Picture picture = blank(width, height);
  for (std::size_t from = 0, to = 0; from < rgba.size(); from += 4, to += 3) {
    std::copy_n(rgba.begin() + static_cast<std::ptrdiff_t>(from), 3,
                picture.rgb.begin() + static_cast<std::ptrdiff_t>(to));
  }
  return picture;
}

/// Other formats by their first bytes, to name them in the refusal.
const char* known_format(std::string_view text) {
  if (text.starts_with("GIF8")) return "GIF";
  if (text.starts_with("RIFF") && text.substr(0, 12).ends_with("WEBP")) return "WebP";
  if (text.starts_with("BM")) return "BMP";
  if (text.starts_with(std::string_view("II*\0", 4)) || text.starts_with(std::string_view("MM\0*", 4))) return "TIFF";
  if (text.size() >= 12 && text.substr(4, 4) == "ftyp") return "HEIF, AVIF or a video";
  if (text.starts_with("<svg") || text.starts_with("<?xml")) return "SVG or XML";
  if (text.starts_with("%PDF")) return "PDF";
  return nullptr;
}

/// What one output pixel takes: `weights` of the input pixels from `first` on; they sum to 1.
struct Tap {
  int first = 0;
  std::vector<double> weights;
};

std::vector<Tap> triangle_taps(int from, int to) {
  const double scale = static_cast<double>(from) / to;
  const double reach = std::max(scale, 1.0);  // enlarging interpolates, shrinking averages
  std::vector<Tap> taps(static_cast<std::size_t>(to));
  for (int i = 0; i < to; ++i) {
    const double centre = (i + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(centre - reach + 0.5));
    const int last = std::min(from, static_cast<int>(centre + reach + 0.5));
    Tap& tap = taps[static_cast<std::size_t>(i)];
    tap.first = first;
    double sum = 0;
    for (int k = first; k < last; ++k) {
      const double distance = std::abs(k + 0.5 - centre) / reach;
      tap.weights.push_back(std::max(0.0, 1 - distance));
      sum += tap.weights.back();
    }
    for (double& weight : tap.weights) weight /= sum;
  }
  return taps;
}

/// Resamples along the middle axis of (outer, taps' input, inner).
template <class Sample>
std::vector<double> resample(std::span<const Sample> in, std::size_t outer, std::size_t length, std::size_t inner,
                             const std::vector<Tap>& taps) {
  std::vector<double> out(outer * taps.size() * inner);
  for (std::size_t o = 0; o < outer; ++o) {
    for (std::size_t t = 0; t < taps.size(); ++t) {
      double* row = out.data() + (o * taps.size() + t) * inner;
      const Sample* source = in.data() + (o * length + static_cast<std::size_t>(taps[t].first)) * inner;
      for (const double weight : taps[t].weights) {
        for (std::size_t i = 0; i < inner; ++i) row[i] += weight * static_cast<double>(source[i]);
        source += inner;
      }
    }
  }
  return out;
}

}  // namespace

Picture decode_picture(std::span<const std::uint8_t> bytes, std::string_view place) {
  const std::string_view text = as_text(bytes);
  if (text.starts_with("\xff\xd8\xff")) return decode_jpeg(bytes, place);
  if (text.starts_with("\x89PNG\r\n\x1a\n")) return decode_png(bytes, place);
  if (bytes.empty()) throw DataError(place, "expected a JPEG or PNG image; the file is empty");
  const char* other = known_format(text);
  throw DataError(place, "expected a JPEG or PNG image; got {}", other == nullptr ? "something else" : other);
}

Picture resize(const Picture& picture, int width, int height) {
  if (picture.width == width && picture.height == height) return picture;
  const auto rows = static_cast<std::size_t>(picture.height);
  const auto columns = static_cast<std::size_t>(width);
  const std::vector<double> narrow = resample<std::uint8_t>(picture.rgb, rows, static_cast<std::size_t>(picture.width),
                                                            3, triangle_taps(picture.width, width));
  const std::vector<double> small =
      resample<double>(narrow, 1, rows, columns * 3, triangle_taps(picture.height, height));
  Picture result = blank(width, height);
  std::ranges::transform(small, result.rgb.begin(),
                         [](double level) { return static_cast<std::uint8_t>(std::clamp(level + 0.5, 0.0, 255.0)); });
  return result;
}

void write_planes(const Picture& picture, int channels, std::span<std::uint8_t> planes) {
  const std::size_t pixels = picture.rgb.size() / 3;
  for (std::size_t i = 0; i < pixels; ++i) {
    const std::uint8_t* const rgb = &picture.rgb[3 * i];
    if (channels == 1) {  // rounded, as PIL's "L" does
      planes[i] = static_cast<std::uint8_t>((299U * rgb[0] + 587U * rgb[1] + 114U * rgb[2] + 500U) / 1000U);
      continue;
    }
    for (std::size_t plane = 0; plane < 3; ++plane) planes[plane * pixels + i] = rgb[plane];
  }
}

}  // namespace tse
