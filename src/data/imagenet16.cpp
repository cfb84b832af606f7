#include "tse/data/imagenet16.h"

#include "tse/base/error.h"
#include "tse/base/file.h"

namespace tse {
namespace {

constexpr int kImageNetSide = 16;
constexpr int kImageNetClasses = 120;
constexpr int kImageNetLabels = 1000;
constexpr int kImageNetImages = 157'700;  // of these classes, training and test
constexpr int kImageNetBatches = 10;
// the largest official batch has 128,123 images, 98.4 MB, and a number for each label
constexpr PickleLimits kImageNetLimits = {.bytes = std::size_t{128} << 20U, .nodes = std::size_t{1} << 18U};

ImageSet no_images() {
  ImageSet images{
      .channels = 3, .height = kImageNetSide, .width = kImageNetSide, .pixels = {}, .labels = {}, .class_names = {}};
  for (int label = 1; label <= kImageNetClasses; ++label) images.class_names.push_back(std::to_string(label));
  return images;
}

}  // namespace

void append_downsampled_imagenet(const Pickle& batch, ImageSet& images) {
  const Pickle::Ref data = batch.member(batch.root(), "data");
  const Pickle::Ref list = batch.member(batch.root(), "labels");
  const Pickle::Array pixels = batch.array(data);
  const std::span<const Pickle::Ref> labels = batch.items(list, Pickle::Kind::list);
  if (pixels.type != "u1" || pixels.shape.size() != 2 || pixels.shape[1] != images.image_bytes()) {
    throw DataError(batch.where(data), "expected an array of bytes, (N,{}); got one of {} with {} axes, the last of {}",
                    images.image_bytes(), pixels.type, pixels.shape.size(),
                    pixels.shape.empty() ? 0 : pixels.shape.back());
  }
  if (labels.size() != pixels.shape[0])
    throw DataError(batch.where(list), "expected {} labels, one for each image; got {}", pixels.shape[0],
                    labels.size());
  const int classes = images.classes();
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::int64_t label = batch.integer(labels[i]);
    if (label < 1 || label > kImageNetLabels)
      throw DataError(batch.where(labels[i]), "expected a label in [1, {}]; got {}", kImageNetLabels, label);
    if (label > classes) continue;
    const std::string_view image = pixels.bytes.substr(i * images.image_bytes(), images.image_bytes());
    images.pixels.insert(images.pixels.end(), image.begin(), image.end());
    images.labels.push_back(static_cast<std::uint16_t>(label - 1));
    ++images.count;
  }
}

// NAS-Bench-201's constants, as its published training code has them.
std::optional<Normalisation> ImageNet16::published() {
  return Normalisation{.mean = {122.68, 116.66, 104.01}, .deviation = {63.22, 61.26, 65.09}};
}

Options ImageNet16::options() {
  return {{"dir", &dir, "folder of Imagenet16's batches, train_data_batch_1 to 10 and val_data", {}}};
}

void ImageNet16::check() const {
  if (dir.empty())
    throw UsageError(kName, "dir= must name the folder with train_data_batch_1 to {} and val_data", kImageNetBatches);
}

DataFacts ImageNet16::facts() const {
  files();
  return {.channels = 3,
          .height = kImageNetSide,
          .width = kImageNetSide,
          .classes = kImageNetClasses,
          .images = kImageNetImages};
}

std::vector<std::filesystem::path> ImageNet16::files() const {
  std::vector<std::filesystem::path> files;
  for (int i = 1; i <= kImageNetBatches; ++i)
    files.push_back(find_packed(dir, "train_data_batch_" + std::to_string(i)));
  files.push_back(find_packed(dir, "val_data"));
  return files;
}

Sets ImageNet16::read(std::uint64_t /*seed*/) const {
  Sets sets{.train = no_images(), .test = no_images()};
  const std::vector<std::filesystem::path> all = files();
  for (const std::filesystem::path& file : all) {
    const Pickle batch = Pickle::parse(read_unpacked(file, kImageNetLimits.bytes), file.string(), kImageNetLimits);
    append_downsampled_imagenet(batch, file == all.back() ? sets.test : sets.train);
  }
  return sets;
}

}  // namespace tse
