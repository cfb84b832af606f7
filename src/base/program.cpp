#include "tse/base/program.h"

#include <malloc.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <filesystem>
#include <iostream>
#include <new>
#include <system_error>

#include "tse/base/error.h"

namespace tse {

int run_program(std::string_view name, const std::function<int()>& body) {
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    const int code = body();
    if (!std::cout.flush()) throw DataError("standard output", "cannot be written: {}", std::strerror(errno));
    return code;
  } catch (const UsageError& error) {
    std::cerr << error.what() << '\n';
    return kExitUsage;
  } catch (const DataError& error) {
    std::cerr << error.what() << '\n';
    return kExitData;
  } catch (const std::bad_alloc&) {
    std::cerr << fmt::format("[{}] there is not enough memory\n", name);
    return kExitData;
  } catch (const std::filesystem::filesystem_error& error) {
    std::cerr << fmt::format("[{}] {}\n", error.path1().string(), error.code().message());
    return kExitData;
  } catch (const std::system_error& error) {
    std::cerr << fmt::format("[{}] the system refused: {}\n", name, error.what());
    return kExitData;
  } catch (const std::exception& error) {
    std::cerr << fmt::format("[{}] a bug, please report it: {}\n", name, error.what());
    return kExitBug;
  }
}

void keep_freed_memory() {
  malloc_trim(0);
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);
  mallopt(M_TOP_PAD, 64 << 20);
}

}  // namespace tse
