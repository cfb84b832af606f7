#include "tse/data/flowers102.h"

#include <algorithm>
#include <span>

#include "tse/base/error.h"
#include "tse/base/file.h"
#include "tse/base/parallel.h"
#include "tse/data/mat.h"
#include "tse/data/picture.h"

namespace tse {
namespace {

constexpr int kFlowers = 102;
constexpr int kFlowerImages = 8189;
constexpr std::size_t kMostListBytes = std::size_t{1} << 20U;
constexpr std::size_t kMostFlowerBytes = std::size_t{16} << 20U;  // of one JPEG file

/// The images of these numbers, decoded and resized.
ImageSet read_flowers(const Flowers102& options, const FlowerLists& lists, std::span<const int> numbers) {
  ImageSet images{.count = static_cast<int>(numbers.size()),
                  .channels = 3,
                  .height = options.size,
                  .width = options.size,
                  .pixels = {},
                  .labels = {},
                  .class_names = {}};
  for (int flower = 1; flower <= kFlowers; ++flower) images.class_names.push_back(std::to_string(flower));
  for (const int number : numbers)
    images.labels.push_back(static_cast<std::uint16_t>(lists.labels[static_cast<std::size_t>(number - 1)]));
  images.pixels.resize(numbers.size() * images.image_bytes());
  parallel(images.count, 0, [&](int i) {
    const std::size_t at = static_cast<std::size_t>(i);
    const std::filesystem::path file =
        std::filesystem::path(options.dir) / "jpg" / fmt::format("image_{:05}.jpg", numbers[at]);
    const Picture picture = decode_picture(read_file(file, kMostFlowerBytes), file.string());
    write_planes(resize(picture, options.size, options.size), 3,
                 std::span(images.pixels).subspan(at * images.image_bytes(), images.image_bytes()));
  });
  return images;
}

}  // namespace

FlowerLists parse_flower_lists(std::span<const std::uint8_t> labels, std::string_view labels_place,
                               std::span<const std::uint8_t> sets, std::string_view sets_place) {
  const std::vector<MatArray> label_arrays = parse_mat(labels, labels_place, kMostListBytes);
  const std::vector<MatArray> set_arrays = parse_mat(sets, sets_place, kMostListBytes);
  FlowerLists lists;
  lists.labels = whole_numbers(find_mat_array(label_arrays, "labels", labels_place), 1, kFlowers, labels_place);
  for (int& label : lists.labels) --label;
  std::vector<bool> taken(lists.labels.size());
  const auto read_list = [&](const char* name) {
    const std::vector<int> numbers = whole_numbers(find_mat_array(set_arrays, name, sets_place), 1,
                                                   static_cast<int>(lists.labels.size()), sets_place);
    if (numbers.empty()) throw DataError(sets_place, "expected numbers of images in '{}'; got none", name);
    for (const int number : numbers) {
      if (taken[static_cast<std::size_t>(number - 1)])
        throw DataError(sets_place, "expected each image once; number {} of '{}' is there twice", number, name);
      taken[static_cast<std::size_t>(number - 1)] = true;
    }
    return numbers;
  };
  lists.train = read_list("trnid");
  lists.valid = read_list("valid");
  lists.test = read_list("tstid");
  return lists;
}

Options Flowers102::options() {
  return {{"dir", &dir, "folder with imagelabels.mat, setid.mat and the folder jpg of 102flowers.tgz", {}},
          {"size", &size, "height and width that every image is resized to, pixels", between(4, 512)}};
}

void Flowers102::check() const {
  if (!dir.empty()) return;
  throw UsageError(kName,
                   "dir= must name the folder with imagelabels.mat, setid.mat and jpg (tse data fetch {} --dir DIR "
                   "makes one)",
                   kName);
}

DataFacts Flowers102::facts() const {
  files();
  return {.channels = 3, .height = size, .width = size, .classes = kFlowers, .images = kFlowerImages};
}

std::vector<std::filesystem::path> Flowers102::files() const {
  return {find_packed(dir, "imagelabels.mat"), find_packed(dir, "setid.mat")};
}

Sets Flowers102::read(std::uint64_t /*seed*/) const {
  const std::vector<std::filesystem::path> all = files();
  const FlowerLists lists = parse_flower_lists(read_unpacked(all[0], kMostListBytes), all[0].string(),
                                               read_unpacked(all[1], kMostListBytes), all[1].string());
  std::vector<int> train = lists.train;
  train.insert(train.end(), lists.valid.begin(), lists.valid.end());
  return {.train = read_flowers(*this, lists, train),
          .test = read_flowers(*this, lists, lists.test),
          .valid = static_cast<int>(lists.valid.size())};
}

}  // namespace tse
