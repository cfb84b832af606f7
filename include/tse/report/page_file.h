#pragma once

#include <filesystem>
#include <string_view>

namespace tse {

/// The page of a report in its folder: `FOLDER/index.html`.
std::filesystem::path page_in(const std::filesystem::path& folder);

/// DataError where a page cannot go there: something else lies there that no report of ours wrote (which their
/// `<meta name="generator" content="tse">` tells), or there is no folder to write into. To be asked before hours of
/// work.
void expect_own_page(const std::filesystem::path& file);

/// Writes a page, whole or not at all, where expect_own_page lets it. DataError where it cannot be written.
void write_page(const std::filesystem::path& file, std::string_view html);

}  // namespace tse
