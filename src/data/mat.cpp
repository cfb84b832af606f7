#include "tse/data/mat.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <optional>

#include "tse/base/error.h"
#include "tse/base/text.h"

namespace tse {
namespace {

constexpr std::size_t kHeadBytes = 128;
constexpr std::size_t kTagBytes = 8;
constexpr std::uint32_t kMatrix = 14;  // codes of elements that are no numbers
constexpr std::uint32_t kCompressed = 15;
constexpr std::uint8_t kFirstNumeric = 6;  // classes of arrays: double, single, then the integers
constexpr std::uint8_t kLastNumeric = 15;
constexpr std::uint8_t kComplexFlag = 0x08;
constexpr std::size_t kMostSizes = 32;
constexpr std::size_t kMostMatName = 63;  // characters, as MATLAB has it
constexpr std::size_t kMostElements = 10'000;

/// Bytes of one number; 0: no code of one.
std::size_t width_of(std::uint32_t code) {
  switch (code) {
    case 1:
    case 2:
      return 1;
    case 3:
    case 4:
      return 2;
    case 5:
    case 6:
    case 7:
      return 4;
    case 9:
    case 12:
    case 13:
      return 8;
    default:
      return 0;
  }
}

template <class Number>
double number_at(const std::uint8_t* bytes) {
  static_assert(std::endian::native == std::endian::little);
  Number number{};
  std::memcpy(&number, bytes, sizeof number);
  return static_cast<double>(number);
}

struct Element {
  std::uint32_t code = 0;
  std::size_t at = 0;  // of its data
  std::span<const std::uint8_t> data;
};

/// Reads one element after the other.
class Elements {
 public:
  /// Byte 0 of `bytes` is byte `base` of the place; the first element begins at `next`.
  Elements(std::span<const std::uint8_t> bytes, bool big_endian, std::string place, std::size_t base,
           std::size_t next = 0)
      : bytes_(bytes), big_endian_(big_endian), place_(std::move(place)), base_(base), next_(next) {}

  bool done() const { return next_ == bytes_.size(); }

  Element next() {
    if (left() < kTagBytes) refuse(next_, "expected the {} bytes of a tag; {} are left", kTagBytes, left());
    const std::uint32_t first = number(next_);
    if (const std::uint32_t small = first >> 16U; small != 0) {  // code, size and data in eight bytes
      if (small > 4) refuse(next_, "expected at most 4 bytes in a small element; got {}", small);
      const Element element{.code = first & 0xFFFFU, .at = next_ + 4, .data = bytes_.subspan(next_ + 4, small)};
      next_ += kTagBytes;
      return element;
    }
    const std::size_t size = number(next_ + 4);
    next_ += kTagBytes;
    if (size > left()) refuse(next_, "expected {} more bytes; {} are left", size, left());
    const Element element{.code = first, .at = next_, .data = bytes_.subspan(next_, size)};
    next_ += size;
    if (first != kCompressed) next_ += std::min((8 - size % 8) % 8, left());
    return element;
  }

  std::uint32_t number(std::size_t at) const {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value |= std::uint32_t{bytes_[at + (big_endian_ ? 3 - i : i)]} << (8 * i);
    return value;
  }

  template <class... Args>
  [[noreturn]] void refuse(std::size_t at, fmt::format_string<Args...> message, Args&&... args) const {
    throw DataError(fmt::format("{}: byte {}", place_, base_ + at), message, std::forward<Args>(args)...);
  }

 private:
  std::size_t left() const { return bytes_.size() - next_; }

  std::span<const std::uint8_t> bytes_;
  bool big_endian_;
  std::string place_;
  std::size_t base_;
  std::size_t next_;
};

/// The parts of an array: flags, sizes, name, numbers. Nothing where it is of another kind.
std::optional<MatArray> read_array(const Element& matrix, bool big_endian, const std::string& place) {
  Elements parts(matrix.data, big_endian, place, matrix.at);
  const Element flags = parts.next();
  if (flags.code != static_cast<std::uint32_t>(MatNumber::uint32) || flags.data.size() != 8)
    parts.refuse(flags.at, "expected the 8 bytes of an array's flags; got {} of kind {}", flags.data.size(),
                 flags.code);
  const std::uint32_t word = parts.number(flags.at);
  const auto kind = static_cast<std::uint8_t>(word);
  if (kind < kFirstNumeric || kind > kLastNumeric || ((word >> 8U) & kComplexFlag) != 0) return std::nullopt;

  MatArray array;
  const Element sizes = parts.next();
  const std::size_t count = sizes.data.size() / 4;
  if (sizes.code != static_cast<std::uint32_t>(MatNumber::int32) || sizes.data.size() % 4 != 0 || count < 2 ||
      count > kMostSizes) {
    parts.refuse(sizes.at, "expected 2 to {} sizes of 4 bytes; got {} bytes of kind {}", kMostSizes, sizes.data.size(),
                 sizes.code);
  }
  for (std::size_t i = 0; i < count; ++i) array.sizes.push_back(parts.number(sizes.at + 4 * i));

  const Element name = parts.next();
  if (name.code != static_cast<std::uint32_t>(MatNumber::int8) || name.data.size() > kMostMatName)
    parts.refuse(name.at, "expected a name of at most {} bytes; got {} of kind {}", kMostMatName, name.data.size(),
                 name.code);
  array.name = as_text(name.data);

  const Element values = parts.next();
  const std::size_t width = width_of(values.code);
  if (width == 0) parts.refuse(values.at, "expected numbers; got an element of kind {}", values.code);
  std::size_t left = values.data.size() / width;  // numbers for each place of the sizes seen so far
  bool whole = values.data.size() % width == 0;
  const bool empty = std::ranges::count(array.sizes, 0U) != 0;
  for (const std::size_t size : array.sizes) {
    if (empty) break;
    whole = whole && left % size == 0;
    left /= size;
  }
  if (!whole || left != (empty ? 0 : 1)) {
    parts.refuse(values.at, "expected the numbers of an array of {}; got {} bytes, {} each",
                 fmt::join(array.sizes, "x"), values.data.size(), width);
  }
  if (!parts.done()) parts.refuse(values.at + values.data.size(), "expected the end of the array; there is more");
  array.number = static_cast<MatNumber>(values.code);
  array.values.assign(values.data.begin(), values.data.end());
  if (big_endian) {
    for (std::size_t i = 0; i < array.values.size(); i += width)
      std::reverse(array.values.begin() + static_cast<std::ptrdiff_t>(i),
                   array.values.begin() + static_cast<std::ptrdiff_t>(i + width));
  }
  return array;
}

/// Whether the numbers of the file have their highest byte first.
bool read_head(std::span<const std::uint8_t> bytes, std::string_view place) {
  const std::string_view head = as_text(bytes.first(std::min(bytes.size(), kHeadBytes)));
  if (head.starts_with("MATLAB 7.3") || head.starts_with("\x89HDF"))
    throw DataError(place, "expected a MAT-file of version 5 to 7.2; got one of version 7.3, which is HDF5");
  const std::string_view mark = head.size() < kHeadBytes ? "" : head.substr(124, 4);
  if (mark == std::string_view("\0\1IM", 4)) return false;
  if (mark == std::string_view("\1\0MI", 4)) return true;
  throw DataError(place, "expected a MAT-file of version 5 to 7.2, with its mark at byte 124; got '{}'",
                  printable(mark));
}

}  // namespace

std::size_t MatArray::count() const { return values.size() / width_of(static_cast<std::uint32_t>(number)); }

double MatArray::at(std::size_t index) const {
  const std::uint8_t* const bytes = &values.at(index * width_of(static_cast<std::uint32_t>(number)));
  switch (number) {
    case MatNumber::int8:
      return number_at<std::int8_t>(bytes);
    case MatNumber::uint8:
      return *bytes;
    case MatNumber::int16:
      return number_at<std::int16_t>(bytes);
    case MatNumber::uint16:
      return number_at<std::uint16_t>(bytes);
    case MatNumber::int32:
      return number_at<std::int32_t>(bytes);
    case MatNumber::uint32:
      return number_at<std::uint32_t>(bytes);
    case MatNumber::single:
      return number_at<float>(bytes);
    case MatNumber::int64:
      return number_at<std::int64_t>(bytes);
    case MatNumber::uint64:
      return number_at<std::uint64_t>(bytes);
    default:
      return number_at<double>(bytes);
  }
}

std::vector<MatArray> parse_mat(std::span<const std::uint8_t> bytes, std::string_view place, std::size_t most) {
  const bool big_endian = read_head(bytes, place);
  Elements elements(bytes, big_endian, std::string(place), 0, kHeadBytes);
  std::vector<MatArray> arrays;
  std::size_t left = most;
  for (std::size_t number = 0; !elements.done(); ++number) {
    if (number == kMostElements) throw DataError(place, "expected at most {} arrays; there are more", kMostElements);
    Element element = elements.next();
    std::string where(place);
    Bytes unpacked;
    if (element.code == kCompressed) {
      where += fmt::format(": element at byte {} unpacked", element.at);
      unpacked = unpack(element.data, Packing::zlib, where, left);
      left -= unpacked.size();
      element = Elements(unpacked, big_endian, where, 0).next();
    }
    if (element.code != kMatrix) continue;
    if (auto array = read_array(element, big_endian, where)) arrays.push_back(std::move(*array));
  }
  return arrays;
}

const MatArray& find_mat_array(const std::vector<MatArray>& arrays, std::string_view name, std::string_view place) {
  const auto found = std::ranges::find(arrays, name, &MatArray::name);
  if (found != arrays.end()) return *found;
  std::string names;
  for (const MatArray& array : arrays) {
    if (names.size() < 100) names += (names.empty() ? "'" : ", '") + printable(array.name) + "'";
  }
  throw DataError(place, "expected an array '{}'; there {}", name, names.empty() ? "is none" : "are " + names);
}

std::vector<int> whole_numbers(const MatArray& array, int least, int most, std::string_view place) {
  std::vector<int> numbers;
  for (std::size_t i = 0; i < array.count(); ++i) {
    const double number = array.at(i);
    if (!(number >= least && number <= most) || number != std::floor(number))
      throw DataError(place, "expected whole numbers in [{}, {}] in '{}'; number {} is {}", least, most, array.name, i,
                      number);
    numbers.push_back(static_cast<int>(number));
  }
  return numbers;
}

}  // namespace tse
