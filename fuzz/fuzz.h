#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tse/base/error.h"

/// What each target defines, as libFuzzer wants it: feeds the bytes to one reader. Whatever comes, it returns 0 or the
/// program dies, which is a finding.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace tse::fuzz {

/// Inputs to start from: good ones that the driver then damages. A target may define it; fuzz/corpus/TARGET/ is used
/// too.
std::vector<std::string> seeds() __attribute__((weak));

/// Runs a reader that may refuse its input with an error of ours, and with nothing else.
template <class Action>
int may_refuse(Action&& action) {
  try {
    std::forward<Action>(action)();
  } catch (const Error&) {  // NOLINT(bugprone-empty-catch): a refusal is what bad input is for
  }
  return 0;
}

}  // namespace tse::fuzz
