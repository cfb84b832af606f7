#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <typeinfo>
#include <utility>

namespace tse {

/// Runs `action`, which must throw a Failure; returns its message, to look into.
template <class Failure, class Action>
std::string message_of(Action&& action) {
  try {
    std::forward<Action>(action)();
  } catch (const Failure& error) {
    return error.what();
  }
  ADD_FAILURE() << "expected a " << typeid(Failure).name();
  return "";
}

}  // namespace tse
