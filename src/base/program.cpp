#include "tse/base/program.h"

#include <malloc.h>

#include <algorithm>
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
namespace {

constexpr std::size_t kLongestLine = 2000;  // bytes

/// Its lines, of those that are too long to be read the two ends.
std::string readable(std::string_view text) {
  std::string lines;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::size_t left_out = line.size() - std::min(line.size(), kLongestLine);
    lines += left_out == 0 ? fmt::format("{}\n", line)
                           : fmt::format("{} [... {} bytes ...] {}\n", line.substr(0, kLongestLine / 2), left_out,
                                         line.substr(line.size() - kLongestLine / 2));
  }
  return lines;
}

}  // namespace

int run_program(std::string_view name, const std::function<int()>& body) {
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    const int code = body();
    if (!std::cout.flush()) throw DataError("standard output", "cannot be written: {}", std::strerror(errno));
    return code;
  } catch (const UsageError& error) {
    std::cerr << readable(error.what());
    return kExitUsage;
  } catch (const DataError& error) {
    std::cerr << readable(error.what());
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
