#include "tse/data/picture.h"

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "support/expect_error.h"
#include "tse/base/error.h"
#include "tse/base/file.h"
#include "tse/base/json.h"
#include "tse/base/random.h"

namespace tse {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::filesystem::path kFolder = std::filesystem::path(TSE_SOURCE) / "tests/data";

Bytes bytes_of(const std::string& name) { return read_file(kFolder / "pictures" / name, 1U << 20U); }

/// Made by make_pictures.py with PIL and torch.
const Json& expected() {
  static const Json json = parse_json(as_text(read_file(kFolder / "expected_pictures.json", 1U << 20U)), "expected");
  return json;
}

std::string refusal(const Bytes& bytes) {
  return message_of<DataError>([&] { decode_picture(bytes, "FILE"); });
}

TEST(Picture, DecodesAsPilDoes) {
  for (const auto& [name, wanted] : expected()["decoded"].items()) {
    const Picture picture = decode_picture(bytes_of(name), name);
    EXPECT_EQ(picture.width, wanted["width"].get<int>()) << name;
    EXPECT_EQ(picture.height, wanted["height"].get<int>()) << name;
    const auto rgb = wanted["rgb"].get<std::vector<int>>();
    ASSERT_EQ(picture.rgb.size(), rgb.size()) << name;
    for (std::size_t i = 0; i < rgb.size(); ++i) {
      // JPEG decoders may round differently by one
      ASSERT_NEAR(picture.rgb[i], rgb[i], name.ends_with(".jpg") ? 1 : 0) << name << " at " << i;
    }
  }
}

TEST(Picture, ResizesAsTorchDoes) {
  const Picture picture = decode_picture(bytes_of("colour.png"), "colour.png");
  for (const Json& wanted : expected()["resized"]["to"]) {
    const Picture small = resize(picture, wanted["width"].get<int>(), wanted["height"].get<int>());
    const auto rgb = wanted["rgb"].get<std::vector<double>>();
    ASSERT_EQ(small.rgb.size(), rgb.size());
    for (std::size_t i = 0; i < rgb.size(); ++i) {
      ASSERT_NEAR(small.rgb[i], rgb[i], 0.5 + 1e-5) << small.width << "x" << small.height << " at " << i;
    }
  }
}

TEST(Picture, ResizingAConstantImageKeepsIt) {
  Stream stream(1);
  for (int round = 0; round < 100; ++round) {
    const auto side = [&] { return 1 + static_cast<int>(stream.below(40)); };
    Picture picture{.width = side(), .height = side(), .rgb = {}};
    const auto level = static_cast<std::uint8_t>(stream.below(256));
    picture.rgb.assign(static_cast<std::size_t>(picture.width * picture.height) * 3, level);
    const Picture result = resize(picture, side(), side());
    EXPECT_EQ(result.rgb, std::vector<std::uint8_t>(static_cast<std::size_t>(result.width * result.height) * 3, level));
  }
}

TEST(Picture, RefusesOtherFormatsByName) {
  EXPECT_THAT(refusal(bytes_of("still.gif")), HasSubstr("[FILE] expected a JPEG or PNG image; got GIF"));
  EXPECT_THAT(refusal(bytes_of("still.webp")), HasSubstr("got WebP"));
  EXPECT_THAT(refusal(bytes_of("still.bmp")), HasSubstr("got BMP"));
  EXPECT_THAT(refusal(bytes_of("still.tiff")), HasSubstr("got TIFF"));
  EXPECT_THAT(refusal({'h', 'i'}), HasSubstr("got something else"));
  EXPECT_THAT(refusal({}), HasSubstr("the file is empty"));
}

TEST(Picture, RefusesWhatItWouldGetWrong) {
  EXPECT_THAT(refusal(bytes_of("animated.png")), HasSubstr("animated PNG"));
  EXPECT_THAT(refusal(bytes_of("cmyk.jpg")), HasSubstr("four (CMYK)"));
  EXPECT_THAT(refusal(bytes_of("huge.png")), AllOf(HasSubstr("16384 pixels a side"), HasSubstr("got 100000x100000")));
  EXPECT_THAT(refusal(bytes_of("hollow.png")), HasSubstr("8000x8000; the 65 bytes of the file cannot hold them"));
}

TEST(Picture, RefusesFilesCutAnywhere) {
  for (const char* name : {"colour.jpg", "progressive.jpg", "colour.png", "palette.png"}) {
    const Bytes whole = bytes_of(name);
    // the last bytes of a PNG (the end chunk) and of a JPEG (the end mark) hold no pixels
    for (std::size_t size = 0; size + 14 < whole.size(); size += 3) {
      EXPECT_THAT(refusal({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}),
                  HasSubstr("[FILE] expected"))
          << name << " cut at " << size;
    }
  }
}

}  // namespace
}  // namespace tse
