#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tse/base/pickle.h"
#include "tse/data/configured.h"

namespace tse {

/// A batch of downsampled ImageNet (Chrabaszcz et al. 2017, arXiv 1707.08819): a dict with `data`, an array of bytes
/// (N,3*H*W), the red plane, the green, the blue, and `labels`, a list of N labels from 1 to 1000. Appends those images
/// to `images` whose label is at most its number of classes, one taken off. DataErrors name the place in the pickle.
void append_downsampled_imagenet(const Pickle& batch, ImageSet& images);

/// The classes 1 to 120 of ImageNet at 16x16, as NAS-Bench-201 trains on them (Dong and Yang 2020, arXiv 2001.00326),
/// with the validation set of the same classes as test set. Its recipe pads by 2 before a crop: `--recipe
/// nb201:crop=2`.
struct ImageNet16 {
  static constexpr const char* kName = "imagenet16-120";
  static constexpr const char* kSummary =
      "151,700 + 6,000 colour 16x16 images, 120 classes of ImageNet (arXiv 1707.08819)";
  static std::optional<Normalisation> published();

  std::string dir;

  Options options();
  void check() const;
  DataFacts facts() const;
  std::vector<std::filesystem::path> files() const;
  Sets read(std::uint64_t seed) const;
};

}  // namespace tse
