// What needs CUDA's headers; cuda_none.cpp stands in where there are none.
#include <ATen/cuda/CUDAContext.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda.h>
#include <dlfcn.h>
#include <nvrtc.h>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <map>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "tse/base/cores.h"
#include "tse/base/error.h"
#include "tse/base/file.h"
#include "tse/base/hash.h"
#include "tse/base/write.h"
#include "tse/net/planned.h"

namespace tse {
namespace {

namespace fs = std::filesystem;

/// The functions of NVRTC and of the driver, which nothing of ours links.
struct Driver {
  decltype(&nvrtcVersion) version = nullptr;
  decltype(&nvrtcCreateProgram) create = nullptr;
  decltype(&nvrtcCompileProgram) compile = nullptr;
  decltype(&nvrtcDestroyProgram) destroy = nullptr;
  decltype(&nvrtcGetCUBINSize) size = nullptr;
  decltype(&nvrtcGetCUBIN) binary = nullptr;
  decltype(&nvrtcGetProgramLogSize) log_size = nullptr;
  decltype(&nvrtcGetProgramLog) log = nullptr;
  decltype(&cuModuleLoadData) load = nullptr;
  decltype(&cuModuleGetFunction) find = nullptr;
  decltype(&cuLaunchKernel) launch = nullptr;

  bool complete() const {
    return version != nullptr && create != nullptr && compile != nullptr && destroy != nullptr && size != nullptr &&
           binary != nullptr && log_size != nullptr && log != nullptr && load != nullptr && find != nullptr &&
           launch != nullptr;
  }
};

/// Fills what is still missing from a library and those that it needs itself.
void look_in(const char* library, Driver& driver) {
  void* handle = dlopen(library, RTLD_LAZY | RTLD_LOCAL);
  if (handle == nullptr) return;
  const auto find = [&](auto& function, const char* name) {
    if (function == nullptr)
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(handle, name));
  };
  find(driver.version, "nvrtcVersion");
  find(driver.create, "nvrtcCreateProgram");
  find(driver.compile, "nvrtcCompileProgram");
  find(driver.destroy, "nvrtcDestroyProgram");
  find(driver.size, "nvrtcGetCUBINSize");
  find(driver.binary, "nvrtcGetCUBIN");
  find(driver.log_size, "nvrtcGetProgramLogSize");
  find(driver.log, "nvrtcGetProgramLog");
  find(driver.load, "cuModuleLoadData");
  find(driver.find, "cuModuleGetFunction");
  find(driver.launch, "cuLaunchKernel");
}

/// The first of them is libtorch's own, which knows where the NVRTC is that came with it.
const Driver& driver() {
  static const Driver all = [] {
    Driver found;
    for (const char* library : {"libcaffe2_nvrtc.so", "libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2",
                                "libnvrtc.so", "libcuda.so.1"}) {
      if (!found.complete()) look_in(library, found);
    }
    return found;
  }();
  return all;
}

/// Where compiled kernels are kept from one process to the next; empty: nowhere.
fs::path cache_folder() {
  if (const char* folder = std::getenv("XDG_CACHE_HOME"); folder != nullptr && *folder == '/')
    return fs::path(folder) / "tse" / "kernels";
  const char* home = std::getenv("HOME");
  return home != nullptr && *home == '/' ? fs::path(home) / ".cache" / "tse" / "kernels" : fs::path();
}

std::string compiled(const std::string& text, const std::string& name, const std::string& architecture) {
  nvrtcProgram program = nullptr;
  const auto expect = [&](nvrtcResult result) {
    if (result == NVRTC_SUCCESS) return;
    std::string words;
    std::size_t size = 0;
    if (program != nullptr && driver().log_size(program, &size) == NVRTC_SUCCESS && size > 1) {
      words.resize(size);
      driver().log(program, words.data());
    }
    throw DataError("NVRTC", "cannot compile the kernel {} for {}; error {}: {}", name, architecture,
                    static_cast<int>(result), words);
  };
  expect(driver().create(&program, text.c_str(), (name + ".cu").c_str(), 0, nullptr, nullptr));
  const std::string target = "--gpu-architecture=" + architecture;
  const std::vector<const char*> options = {target.c_str(), "--std=c++17"};
  std::string binary;
  try {
    expect(driver().compile(program, static_cast<int>(options.size()), options.data()));
    std::size_t size = 0;
    expect(driver().size(program, &size));
    binary.resize(size);
    expect(driver().binary(program, binary.data()));
  } catch (...) {
    driver().destroy(&program);
    throw;
  }
  driver().destroy(&program);
  return binary;
}

/// From the folder where it is there, else compiled and, where that can be, put there.
std::string binary_of(const gpu::Kernel& kernel, const std::string& architecture) {
  int major = 0;
  int minor = 0;
  driver().version(&major, &minor);
  const std::string text = gpu::prelude() + kernel.text;
  const std::string key = Hash().add(fmt::format("{} {}.{}\n{}", architecture, major, minor, text)).hex();
  const fs::path folder = cache_folder();
  const fs::path file = folder / (key + ".cubin");
  constexpr std::size_t kMost = std::size_t{16} << 20U;
  std::error_code missing;
  if (!folder.empty() && fs::is_regular_file(file, missing)) {
    try {
      const Bytes bytes = read_file(file, kMost);
      return {bytes.begin(), bytes.end()};
    } catch (const DataError&) {
      // it is made anew
    }
  }
  std::string binary = compiled(text, kernel.name, architecture);
  if (folder.empty()) return binary;
  try {
    fs::create_directories(folder, missing);
    write_file(file, binary);
  } catch (const DataError&) {
    // the next process compiles it again
  }
  return binary;
}

void expect(CUresult result, const std::string& name) {
  if (result != CUDA_SUCCESS)
    throw DataError("CUDA", "cannot load or launch the kernel {}; error {}", name, static_cast<int>(result));
}

/// Of each kernel, made on all cores at once.
std::vector<std::string> binaries_of(const std::vector<gpu::Kernel>& kernels, const std::string& architecture) {
  std::vector<std::string> binaries(kernels.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < kernels.size(); i = next++) binaries[i] = binary_of(kernels[i], architecture);
  };
  std::vector<std::future<void>> workers;
  const auto most = std::min(kernels.size(), static_cast<std::size_t>(available_cores()));
  for (std::size_t i = 0; i < most; ++i) workers.push_back(std::async(std::launch::async, work));
  for (std::future<void>& worker : workers) worker.get();
  return binaries;
}

/// Loaded once for each device, for all networks of the process.
std::map<std::string, CUfunction> functions_of(const std::vector<gpu::Kernel>& kernels, const torch::Device& device) {
  static std::mutex mutex;
  static std::map<int, std::map<std::string, CUfunction>> of_devices;
  const std::lock_guard lock(mutex);
  std::map<std::string, CUfunction>& loaded = of_devices[device.index()];
  std::vector<gpu::Kernel> missing;
  for (const gpu::Kernel& kernel : kernels) {
    if (!loaded.contains(kernel.name)) missing.push_back(kernel);
  }
  const c10::cuda::CUDAGuard guard(device);
  C10_CUDA_CHECK(cudaFree(nullptr));  // the device's context is this thread's from here on
  const auto* properties = at::cuda::getDeviceProperties(device.index());
  const std::vector<std::string> binaries =
      binaries_of(missing, fmt::format("sm_{}{}", properties->major, properties->minor));
  for (std::size_t i = 0; i < missing.size(); ++i) {
    const std::string& name = missing[i].name;
    CUmodule module = nullptr;
    CUfunction function = nullptr;
    expect(driver().load(&module, binaries[i].data()), name);
    expect(driver().find(&function, module, name.c_str()), name);
    loaded[name] = function;
  }
  std::map<std::string, CUfunction> functions;
  for (const gpu::Kernel& kernel : kernels) functions[kernel.name] = loaded.at(kernel.name);
  return functions;
}

class GpuKernels final : public DeviceKernels {
 public:
  GpuKernels(const std::vector<gpu::Kernel>& kernels, const torch::Device& device)
      : functions_(functions_of(kernels, device)) {}

  void launch(const std::string& name, unsigned blocks, unsigned chunks, std::vector<void*> arguments) override {
    const auto stream = c10::cuda::getCurrentCUDAStream().stream();
    expect(driver().launch(functions_.at(name), blocks, chunks, 1, gpu::kThreads, 1, 1, 0, stream, arguments.data(),
                           nullptr),
           name);
  }

 private:
  std::map<std::string, CUfunction> functions_;
};

}  // namespace

KernelCompiler kernel_compiler(const torch::Device& device) {
  if (!device.is_cuda() || !driver().complete()) return {};
  return [device](const std::vector<gpu::Kernel>& kernels) { return std::make_unique<GpuKernels>(kernels, device); };
}

}  // namespace tse
