#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>

#include "tse/base/error.h"

namespace tse {

/// A text of an architecture that is read from left to right; blanks between its words do not count. A refusal is a
/// UsageError that names the text, the character, what was expected and what came.
class TextCursor {
 public:
  /// `kind` goes before the text in what is refused: "darts cell".
  TextCursor(std::string kind, std::string_view text) : kind_(std::move(kind)), whole_(text), rest_(text) {}

  /// The kind and the whole text, as errors name them.
  std::string place() const { return fmt::format("{} '{}'", kind_, whole_); }
  std::string_view whole() const { return whole_; }

  [[noreturn]] void refuse(std::string_view wanted) const {
    throw UsageError(place(), "expected {} at character {}; got '{}'", wanted, whole_.size() - rest_.size() + 1,
                     rest_.substr(0, 24));
  }

  /// Whether this word comes next, which is read then.
  bool take(std::string_view word) {
    skip_blanks();
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  void expect(std::string_view word) {
    if (!take(word)) refuse(fmt::format("'{}'", word));
  }
  void expect_end() {
    skip_blanks();
    if (!rest_.empty()) refuse("the end");
  }

  /// What comes next of these letters, not read yet.
  std::string_view next_of(std::string_view letters) {
    skip_blanks();
    return rest_.substr(0, std::min(rest_.find_first_not_of(letters), rest_.size()));
  }
  void skip(std::size_t letters) { rest_.remove_prefix(letters); }

  /// A whole number from 0 to below `bound`, called `wanted` where there is none.
  int whole_number(int bound, std::string_view wanted) {
    skip_blanks();
    int value = -1;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc{} || value < 0 || value >= bound) refuse(wanted);
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }

 private:
  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size())); }

  std::string kind_;
  std::string_view whole_;
  std::string_view rest_;
};

}  // namespace tse
