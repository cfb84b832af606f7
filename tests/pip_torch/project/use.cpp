#include <ATen/core/Tensor.h>
#include <ATen/ops/ones.h>
#include <tse/base/error.h>
#include <tse/space/space.h>

#include <cstdio>

// One message is formatted here, with the fmt that this source sees, the other in the library.
int main() {
  const tse::UsageError error("here", "expected {}; got {}", 0.5, at::ones({2, 3}).sum().item<float>());
  std::printf("%d %s\n", FMT_VERSION, error.what());
  try {
    tse::make_space("nb201:cells=0");
  } catch (const tse::UsageError& there) {
    std::printf("%s\n", there.what());
  }
}
