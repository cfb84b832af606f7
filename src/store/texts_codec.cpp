#include "texts_codec.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "tse/base/error.h"

namespace tse {

std::string encode_texts(const std::vector<std::string>& texts, std::size_t& plain_bytes) {
  std::string plain;
  for (const std::string& text : texts) {
    const auto size = static_cast<std::uint32_t>(text.size());
    plain.append(reinterpret_cast<const char*>(&size), sizeof size).append(text);
  }
  plain_bytes = plain.size();
  uLongf size = compressBound(static_cast<uLong>(plain.size()));
  std::string packed(size, '\0');
  const int state = compress2(reinterpret_cast<Bytef*>(packed.data()), &size,
                              reinterpret_cast<const Bytef*>(plain.data()), static_cast<uLong>(plain.size()), 6);
  if (state != Z_OK) throw std::bad_alloc();
  packed.resize(size);
  return packed;
}

std::vector<std::string> decode_texts(std::string_view bytes, std::size_t count, std::size_t plain_bytes,
                                      std::string_view place) {
  constexpr std::size_t kMostRatio = 1040;  // of what deflate can do
  if (plain_bytes / kMostRatio > bytes.size())
    throw DataError(place, "expected texts of at most {} bytes; got {}", kMostRatio * bytes.size(), plain_bytes);
  std::string plain(plain_bytes, '\0');
  uLongf size = static_cast<uLongf>(plain_bytes);
  const int state = uncompress(reinterpret_cast<Bytef*>(plain.data()), &size,
                               reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uLong>(bytes.size()));
  if (state != Z_OK || size != plain_bytes)
    throw DataError(place, "expected texts that unpack to {} bytes; they are damaged", plain_bytes);
  std::vector<std::string> texts;
  texts.reserve(std::min(count, plain_bytes / sizeof(std::uint32_t)));
  std::string_view rest = plain;
  while (!rest.empty()) {
    const std::size_t at = plain.size() - rest.size();
    std::uint32_t length = 0;
    if (rest.size() < sizeof length) throw DataError(place, "expected the length of a text at byte {} unpacked", at);
    std::memcpy(&length, rest.data(), sizeof length);
    rest.remove_prefix(sizeof length);
    if (length > rest.size()) throw DataError(place, "expected {} more bytes of text at byte {} unpacked", length, at);
    if (texts.size() == count) throw DataError(place, "expected {} texts; there are more", count);
    texts.emplace_back(rest.substr(0, length));
    rest.remove_prefix(length);
  }
  if (texts.size() != count) throw DataError(place, "expected {} texts; got {}", count, texts.size());
  return texts;
}

}  // namespace tse
