#include "tse/base/program.h"

#include <exception>
#include <iostream>

#include "tse/base/error.h"

namespace tse {

int run_program(std::string_view name, const std::function<int()>& body) {
  try {
    return body();
  } catch (const UsageError& error) {
    std::cerr << error.what() << '\n';
    return kExitUsage;
  } catch (const DataError& error) {
    std::cerr << error.what() << '\n';
    return kExitData;
  } catch (const std::exception& error) {
    std::cerr << fmt::format("[{}] a bug, please report it: {}\n", name, error.what());
    return kExitBug;
  }
}

}  // namespace tse
