#pragma once

#include <string>
#include <vector>

namespace tse {

/// `0.84 (0.01)`: mean and sample standard deviation of the values that are known, as papers print them; "-" where none
/// is.
std::string mean_text(const std::vector<double>& values, int decimals);

}  // namespace tse
