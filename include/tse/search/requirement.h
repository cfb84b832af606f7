#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tse {

/// A condition on numbers of an architecture: comparisons joined by `&&`, as "params<1e6 && macs<60e6", with
/// < <= > >= == !=. Empty: always true.
class Requirement {
 public:
  /// UsageError at `place` where the text is none.
  Requirement(std::string_view text, std::string_view place);

  /// The numbers that it asks for, each once, in the order of the text.
  std::vector<std::string> names() const;

  /// Whether it holds; `number_of` gives each of its numbers. A NaN fulfils nothing.
  bool holds(const std::function<double(const std::string&)>& number_of) const;

 private:
  enum class Comparison { less, at_most, more, at_least, equal, different };

  struct Clause {
    std::string name;
    Comparison comparison = Comparison::less;
    double bound = 0;
  };

  static Clause parse(std::string_view text, std::string_view place);

  std::vector<Clause> clauses_;
};

}  // namespace tse
