#include "tse/data/mat.h"

#include <algorithm>
#include <fstream>

#include "support/expect_error.h"
#include "tse/base/error.h"
#include "tse/base/json.h"

namespace tse {
namespace {

using testing::HasSubstr;

constexpr std::size_t kMost = 100'000;

/// Files and what SciPy reads from them; make_mats.py, beside this file, made them.
Json mats() {
  std::ifstream file(TSE_SOURCE "/tests/data/expected_mats.json");
  return Json::parse(file);
}

Bytes bytes_of(const Json& entry) {
  const std::string hex = entry.at("file");
  Bytes bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return bytes;
}

Bytes mat_named(const std::string& name) {
  for (const Json& entry : mats()) {
    if (entry.at("name") == name) return bytes_of(entry);
  }
  throw std::runtime_error("no file " + name);
}

std::string refusal(const Bytes& bytes, std::size_t most = kMost) {
  return message_of<DataError>([&] { parse_mat(bytes, "file", most); });
}

TEST(Mat, ReadsWhatSciPyReads) {
  const Json all = mats();
  ASSERT_GT(all.size(), 10U);
  for (const Json& entry : all) {
    Json read = Json::object();
    for (const MatArray& array : parse_mat(bytes_of(entry), "file", kMost)) {
      std::vector<double> values;
      for (std::size_t i = 0; i < array.count(); ++i) values.push_back(array.at(i));
      read[array.name] = {{"sizes", array.sizes}, {"values", values}};
    }
    EXPECT_EQ(read, entry.at("arrays")) << entry.at("name");
  }
}

/// A file that ends early is refused, but for one that ends between two arrays.
TEST(Mat, RefusesEveryBeginningOfAFile) {
  for (const Json& entry : mats()) {
    const Bytes whole = bytes_of(entry);
    const std::size_t arrays = parse_mat(whole, "file", kMost).size();
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      try {
        EXPECT_LE(parse_mat(cut, "file", kMost).size(), arrays);
        if (size < 128) ADD_FAILURE() << entry.at("name") << " cut to " << size;
      } catch (const DataError& error) {
        EXPECT_THAT(error.what(), HasSubstr("[file"));
      }
    }
    if (whole.size() > 128) {
      EXPECT_THAT(refusal({whole.begin(), whole.end() - 1}), HasSubstr("[file: ")) << entry.at("name");
    }
  }
}

TEST(Mat, RefusesWithPlaceRuleAndValue) {
  EXPECT_THAT(refusal({}), HasSubstr("[file] expected a MAT-file of version 5"));
  Bytes newer = mat_named("axes");
  std::ranges::copy(std::string("MATLAB 7.3 MAT-file"), newer.begin());
  EXPECT_THAT(refusal(newer), HasSubstr("HDF5"));
  Bytes bytes = mat_named("axes");
  bytes.at(128 + 4) = 0xFF;
  EXPECT_THAT(refusal(bytes), HasSubstr("[file: byte 136] expected 511 more bytes; 360 are left"));
  // the array's first size, 4, behind its tag, its flags and the tag of the sizes
  bytes = mat_named("axes");
  bytes.at(128 + 8 + 16 + 8) = 5;
  EXPECT_THAT(refusal(bytes), HasSubstr("expected the numbers of an array of 5x4x3x5; got 240 bytes, 1 each"));
  for (int i = 0; i < 16; ++i) bytes.at(static_cast<std::size_t>(128 + 8 + 16 + 8 + i)) = 0xFF;
  EXPECT_THAT(refusal(bytes), HasSubstr("4294967295x4294967295"));
  bytes = mat_named("axes compressed");
  bytes.at(128 + 8 + 20) ^= 0x55;
  EXPECT_THAT(refusal(bytes), HasSubstr("[file: element at byte 136 unpacked"));
  EXPECT_THAT(refusal(mat_named("axes compressed"), 200), HasSubstr("expected at most 200 bytes unpacked"));
}

TEST(Mat, NamesWhatIsMissingOrNoWholeNumber) {
  const auto arrays = parse_mat(mat_named("reals"), "file", kMost);
  EXPECT_THAT(message_of<DataError>([&] { find_mat_array(arrays, "X", "file"); }),
              HasSubstr("[file] expected an array 'X'; there are 'double', 'single', 'one'"));
  EXPECT_THAT(message_of<DataError>([&] { find_mat_array({}, "X", "file"); }), HasSubstr("there is none"));
  EXPECT_THAT(message_of<DataError>([&] { whole_numbers(find_mat_array(arrays, "one", "file"), 0, 9, "file"); }),
              HasSubstr("in [0, 9] in 'one'; number 0 is 0.5"));
  const auto axes = parse_mat(mat_named("axes"), "file", kMost);
  EXPECT_EQ(whole_numbers(find_mat_array(axes, "y", "file"), 1, 5, "file"), (std::vector<int>{1, 2, 3, 4, 5}));
  EXPECT_THAT(message_of<DataError>([&] { whole_numbers(find_mat_array(axes, "y", "file"), 1, 4, "file"); }),
              HasSubstr("number 4 is 5"));
}

}  // namespace
}  // namespace tse
