#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tse {

// Text that other programs wrote: on Windows, on old Macs, in other encodings.

/// The text of a file, ready to be read line by line: without a byte order mark, every line ended by `\n` whether it
/// was by `\n`, `\r\n` or `\r`. A DataError at `place`, with the line, where it is UTF-16 or UTF-32, has a NUL byte or
/// is not UTF-8: a name in it could go into no JSON.
std::string plain_text(std::string_view bytes, std::string_view place);

/// The same refusals but for NUL, of a text that is read as it is.
void expect_utf8(std::string_view bytes, std::string_view place);

/// The text without the byte order mark of UTF-8.
std::string_view without_byte_order_mark(std::string_view text);

/// Where the text stops being UTF-8 (RFC 3629: no surrogates, nothing overlong); nothing where it is all.
std::optional<std::size_t> first_not_utf8(std::string_view text);

/// For messages: control characters and bytes that are not UTF-8 as `\xNN`.
std::string printable(std::string_view text);

}  // namespace tse
