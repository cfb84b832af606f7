#pragma once

#include <string>
#include <string_view>

#include "tse/base/json.h"

namespace tse {

/// Text as HTML shows it, for element content and quoted attributes: & < > " ' are written as references. Control
/// characters and bytes that are not UTF-8 become U+FFFD, so that whatever a file held, the page stays well-formed.
std::string escape_html(std::string_view text);

/// JSON that may stand inside a <script> element: < > & and the line separators of old JavaScript are written as \u
/// escapes, so no `</script>` or `<!--` can appear. Bytes that are not UTF-8 become U+FFFD.
std::string script_json(const Json& value);

/// A copy of the text in which bytes that are not UTF-8 are U+FFFD, and so are control characters but tab and newline.
std::string clean_text(std::string_view text);

}  // namespace tse
