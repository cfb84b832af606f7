#include "text.h"

#include <fmt/format.h>

namespace tse::gpu {
namespace {

constexpr int kPackBytes = 16;  // of a load

}  // namespace

const char* type_of(plan::Storage storage) { return storage == plan::Storage::bf16 ? "bf16" : "float"; }

int pack_of(int channels, plan::Storage storage) {
  const int most = kPackBytes / static_cast<int>(plan::bytes(storage));
  return channels % most == 0 ? most : 1;
}

std::string strided(const std::string& things, const std::string& body) {
  return fmt::format(
      "  THREADS {{\n"
      "  for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < {}; i += (long long)gridDim.x * "
      "blockDim.x) {{\n{}  }}\n"
      "  }}\n",
      things, body);
}

std::string kernel_text(const std::string& name, const std::string& parameters, const std::string& body) {
  return fmt::format("KERNEL {}({}) {{\n{}}}\n", name, parameters, body);
}

std::string apart(const std::string& rows, const std::string& columns, int pack) {
  return fmt::format(
      "    const int c = (int)(i % (channels / {0})) * {0};\n"
      "    const int x = (int)(i / (channels / {0}) % {2});\n"
      "    const int y = (int)(i / (channels / {0}) / {2} % {1});\n"
      "    const long long image = i / (channels / {0}) / {2} / {1};\n",
      pack, rows, columns);
}

}  // namespace tse::gpu
