#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tse {

/// A number as people read it in a table: four significant digits; "-" where it is not a number, "-inf" and "inf" where
/// it is not finite.
std::string number_text(double value);

/// The same with a fixed number of decimals, as correlations are written.
std::string fixed_text(double value, int decimals);

/// `[0.512, 0.934]`; "-" where there is no interval.
std::string interval_text(double low, double high, int decimals);

/// A count in three significant digits: 950, 73.3k, 1.07M, 15.6G.
std::string count_text(std::int64_t count);

/// A count with its noun: "1 epoch", "50 epochs".
std::string plural(std::int64_t count, std::string_view noun);

/// A length of time in its two largest units: "8 s", "3 min 20 s", "1 h 05 min", "2 d 03 h".
std::string duration_text(double seconds);

/// Text no wider than `width` columns: the middle of a longer one is left out for "...". Cuts between characters of
/// UTF-8.
std::string shorten_middle(const std::string& text, int width);

}  // namespace tse
