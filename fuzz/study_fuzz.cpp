// The rows of a study file, which may come from anybody: the first byte says what the rest is taken for.
#include <zlib.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "store/texts_codec.h"
#include "tse/base/error.h"
#include "tse/store/codec.h"

namespace {

std::string sealed(std::string_view body) {
  const auto crc =
      static_cast<std::uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size())));
  return std::string(body).append(reinterpret_cast<const char*>(&crc), sizeof crc);
}

void decode(char kind, std::string_view bytes) {
  switch (static_cast<unsigned char>(kind - '0') % 5) {
    case 0:
      tse::decode_job(bytes, 0, "fuzz");
      return;
    case 1:
      tse::decode_trace(bytes, "fuzz");
      return;
    case 2: {
      // with a checksum that fits, to get behind it; what was understood must be written as it was read
      const tse::Trace trace = tse::decode_trace(sealed(bytes), "fuzz");
      const std::string again = tse::encode_trace(trace);
      if (tse::encode_trace(tse::decode_trace(again, "fuzz")) != again) std::abort();
      return;
    }
    case 3: {
      // the texts of a table, behind their checksum: how many and how long is said elsewhere in the file
      if (bytes.size() < 3) return;
      const auto byte = [&](std::size_t at) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[at])); };
      tse::decode_texts(bytes.substr(3), byte(0), byte(1) + 256 * byte(2), "fuzz");
      return;
    }
    default:
      tse::parse_json(bytes, "fuzz");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    decode(bytes[0], bytes.substr(1));
  } catch (const tse::DataError&) {
    // what is expected of nonsense
  }
  return 0;
}
