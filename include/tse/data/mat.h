#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tse/base/file.h"

namespace tse {

/// How the numbers of an array are written in a MAT-file, by the format's codes.
enum class MatNumber : std::uint8_t {
  int8 = 1,
  uint8 = 2,
  int16 = 3,
  uint16 = 4,
  int32 = 5,
  uint32 = 6,
  single = 7,
  real = 9,
  int64 = 12,
  uint64 = 13
};

/// A real numeric array: the first index is the fastest.
struct MatArray {
  std::string name;
  std::vector<std::size_t> sizes;  // two or more
  MatNumber number = MatNumber::uint8;
  Bytes values;  // of all numbers, the lowest byte of each first

  std::size_t count() const;
  double at(std::size_t index) const;
};

/// The real numeric arrays of a MATLAB 5 MAT-file ("MAT-File Format", MathWorks; what `save -v6` and `-v7` and SciPy's
/// `savemat` write), in the file's order. Arrays of other kinds (cells, structs, texts, sparse or complex ones) are
/// left out unread. Of ours, not libmatio's: that allocates what a damaged file says, gigabytes for some hundred bytes.
///
/// DataErrors at `place` with the offset where the bytes are no such file, are cut short or damaged, or hold more than
/// `most` bytes unpacked; memory stays within a few times `most`.
std::vector<MatArray> parse_mat(std::span<const std::uint8_t> bytes, std::string_view place, std::size_t most);

/// The first array of this name; DataError at `place` that lists those that there are where it is missing.
const MatArray& find_mat_array(const std::vector<MatArray>& arrays, std::string_view name, std::string_view place);

/// All of its numbers, which must be whole and in [least, most]; DataErrors at `place` name the array and the index.
std::vector<int> whole_numbers(const MatArray& array, int least, int most, std::string_view place);

}  // namespace tse
