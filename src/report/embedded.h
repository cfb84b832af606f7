#pragma once

#include <string_view>

namespace tse {

/// The files of src/report/page/ and Chart.js, as cmake/EmbedPage.cmake put them into the library.
extern const std::string_view embedded_page;
extern const std::string_view embedded_agreement;
extern const std::string_view embedded_style;
extern const std::string_view embedded_script;
extern const std::string_view embedded_chart;

}  // namespace tse
