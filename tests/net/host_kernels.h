#pragma once

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/temp_folder.h"
#include "tse/net/planned.h"

namespace tse {

/// What kernels need to be C++ for a CPU: a block's threads take turns between two barriers.
inline constexpr const char* kHostPrelude = R"(
#include <cmath>
#include <cstddef>
#include <cstring>
#include <utility>
struct Index { unsigned x, y, z; };
static Index threadIdx, blockIdx, blockDim, gridDim;
struct float4 { float x, y, z, w; };
struct uint4 { unsigned x, y, z, w; };
typedef unsigned short bf16;
#define KERNEL static void
#define DEVICE static inline
#define SHARED static
#define THREADS for (threadIdx.x = 0; threadIdx.x < blockDim.x; ++threadIdx.x)
#define SYNC()
#define FENCE()
static inline float __uint_as_float(unsigned bits) { float value; std::memcpy(&value, &bits, 4); return value; }
static inline unsigned __float_as_uint(float value) { unsigned bits; std::memcpy(&bits, &value, 4); return bits; }
static inline unsigned atomicAdd(unsigned* to, unsigned more) { const unsigned old = *to; *to += more; return old; }
template <class... A, std::size_t... I>
static void call(void (*kernel)(A...), void** arguments, std::index_sequence<I...>) {
  kernel(*static_cast<A*>(arguments[I])...);
}
template <class... A>
static void run(void (*kernel)(A...), unsigned blocks, unsigned chunks, void** arguments) {
  gridDim = {blocks, chunks, 1};
  blockDim = {256, 1, 1};
  // not in their order: what is made of all blocks must not depend on which comes last
  for (unsigned y = chunks; y-- > 0;) {
    for (unsigned x = 0; x < blocks; ++x) {
      blockIdx = {(x * 7 + 3) % blocks, y, 0};
      if (blocks % 7 == 0) blockIdx.x = x;
      call(kernel, arguments, std::index_sequence_for<A...>());
    }
  }
}
)";

/// Kernels compiled by the compiler that compiles the tests.
class HostLibrary {
 public:
  explicit HostLibrary(const std::string& text) {
    const auto source = folder_.write("kernels.cpp", text);
    const auto file = folder_.path() / "kernels.so";
    const std::string command =
        fmt::format("{} -std=c++17 -O1 -w -shared -fPIC -o '{}' '{}'", TSE_CXX, file.string(), source.string());
    if (std::system(command.c_str()) != 0) throw std::runtime_error("the kernels do not compile:\n" + text);
    library_ = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library_ == nullptr) throw std::runtime_error(dlerror());
  }
  HostLibrary(const HostLibrary&) = delete;
  HostLibrary& operator=(const HostLibrary&) = delete;
  ~HostLibrary() { dlclose(library_); }

  using Run = void (*)(unsigned blocks, unsigned chunks, void** arguments);

  Run find(const std::string& name) const {
    auto* run = reinterpret_cast<Run>(dlsym(library_, ("run_" + name).c_str()));
    if (run == nullptr) throw std::runtime_error("there is no kernel " + name);
    return run;
  }

 private:
  TempFolder folder_;
  void* library_ = nullptr;
};

class HostKernels final : public DeviceKernels {
 public:
  explicit HostKernels(std::shared_ptr<const HostLibrary> library) : library_(std::move(library)) {}

  void launch(const std::string& name, unsigned blocks, unsigned chunks, std::vector<void*> arguments) override {
    library_->find(name)(blocks, chunks, arguments.data());
  }

 private:
  std::shared_ptr<const HostLibrary> library_;
};

/// The same kernels are compiled once.
inline std::unique_ptr<DeviceKernels> host_kernels(const std::vector<gpu::Kernel>& kernels) {
  std::string text = kHostPrelude + gpu::prelude();
  for (const gpu::Kernel& kernel : kernels) {
    text += kernel.text;
    text += fmt::format(
        "extern \"C\" void run_{0}(unsigned blocks, unsigned chunks, void** arguments) {{ run({0}, blocks, chunks, "
        "arguments); }}\n",
        kernel.name);
  }
  static std::map<std::string, std::shared_ptr<const HostLibrary>> libraries;
  std::shared_ptr<const HostLibrary>& library = libraries[text];
  if (!library) library = std::make_shared<const HostLibrary>(text);
  return std::make_unique<HostKernels>(library);
}

}  // namespace tse
