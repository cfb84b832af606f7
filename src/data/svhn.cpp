#include "tse/data/svhn.h"

#include "tse/base/error.h"
#include "tse/base/file.h"
#include "tse/data/mat.h"

namespace tse {
namespace {

constexpr std::size_t kDigitSide = 32;
constexpr std::size_t kDigitPlanes = 3;
constexpr int kDigitClasses = 10;
constexpr int kSvhnImages = 99'289;                                 // training and test
constexpr std::size_t kMostSvhnBytes = std::size_t{256} << 20U;     // of one file; training's has 182.0 MB
constexpr std::size_t kMostSvhnUnpacked = std::size_t{512} << 20U;  // of which 225.0 MB come

}  // namespace

ImageSet parse_svhn(std::span<const std::uint8_t> bytes, std::string_view place) {
  const std::vector<MatArray> arrays = parse_mat(bytes, place, kMostSvhnUnpacked);
  const MatArray& pixels = find_mat_array(arrays, "X", place);
  const MatArray& labels = find_mat_array(arrays, "y", place);
  const std::vector<std::size_t>& sizes = pixels.sizes;
  if (pixels.number != MatNumber::uint8 || sizes.size() < 3 || sizes.size() > 4 || sizes[0] != kDigitSide ||
      sizes[1] != kDigitSide || sizes[2] != kDigitPlanes) {
    throw DataError(place, "expected bytes of {0}x{0}x{1}xN in 'X'; got an array of {2}", kDigitSide, kDigitPlanes,
                    fmt::join(sizes, "x"));
  }
  const std::size_t count = sizes.size() == 4 ? sizes[3] : 1;  // MATLAB drops a last size of one
  if (labels.count() != count)
    throw DataError(place, "expected {} labels in 'y', one for each image; got {}", count, labels.count());
  ImageSet images{.count = static_cast<int>(count),
                  .channels = static_cast<int>(kDigitPlanes),
                  .height = static_cast<int>(kDigitSide),
                  .width = static_cast<int>(kDigitSide),
                  .pixels = Bytes(pixels.values.size()),
                  .labels = {},
                  .class_names = {}};
  for (int digit = 0; digit < kDigitClasses; ++digit) images.class_names.push_back(std::to_string(digit));
  for (const int label : whole_numbers(labels, 1, kDigitClasses, place))
    images.labels.push_back(static_cast<std::uint16_t>(label % kDigitClasses));
  // each plane from columns to rows
  for (std::size_t plane = 0; plane < pixels.values.size(); plane += kDigitSide * kDigitSide) {
    for (std::size_t row = 0; row < kDigitSide; ++row) {
      for (std::size_t column = 0; column < kDigitSide; ++column)
        images.pixels[plane + row * kDigitSide + column] = pixels.values[plane + column * kDigitSide + row];
    }
  }
  return images;
}

Options Svhn::options() {
  return {{"dir", &dir, "folder of the cropped digits, train_32x32.mat and test_32x32.mat", {}}};
}

void Svhn::check() const {
  if (!dir.empty()) return;
  throw UsageError(kName,
                   "dir= must name the folder with train_32x32.mat and test_32x32.mat (tse data fetch {} --dir DIR "
                   "makes one)",
                   kName);
}

DataFacts Svhn::facts() const {
  files();
  return {.channels = static_cast<int>(kDigitPlanes),
          .height = static_cast<int>(kDigitSide),
          .width = static_cast<int>(kDigitSide),
          .classes = kDigitClasses,
          .images = kSvhnImages};
}

std::vector<std::filesystem::path> Svhn::files() const {
  return {find_packed(dir, "train_32x32.mat"), find_packed(dir, "test_32x32.mat")};
}

Sets Svhn::read(std::uint64_t /*seed*/) const {
  const auto read_part = [](const std::filesystem::path& file) {
    return parse_svhn(read_unpacked(file, kMostSvhnBytes), file.string());
  };
  const std::vector<std::filesystem::path> all = files();
  return {.train = read_part(all[0]), .test = read_part(all[1])};
}

}  // namespace tse
