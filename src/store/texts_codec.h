#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tse {

/// Texts in few bytes: of each its length (u32, little-endian), then its bytes, all deflated.
std::string encode_texts(const std::vector<std::string>& texts, std::size_t& plain_bytes);

/// `count` texts that take `plain_bytes` before they were deflated. DataError at `place` where the bytes are no such
/// thing; memory stays within what `plain_bytes` says, which the caller has checked, or the bytes can hold.
std::vector<std::string> decode_texts(std::string_view bytes, std::size_t count, std::size_t plain_bytes,
                                      std::string_view place);

}  // namespace tse
