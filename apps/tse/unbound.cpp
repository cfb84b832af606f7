// GNU's OpenMP, which libraries bring along, binds the thread that loads it to a core where the environment says so:
// all workers, which inherit that, would share the one. This runs before any library's own beginnings do.

#include <array>
#include <string_view>

namespace {

constexpr std::array<std::string_view, 4> kBindings = {
    "OMP_PROC_BIND=", "OMP_PLACES=", "GOMP_CPU_AFFINITY=", "KMP_AFFINITY="};

bool binds(std::string_view variable) {
  for (const std::string_view name : kBindings) {
    if (variable.starts_with(name)) return true;
  }
  return false;
}

/// As the C library calls it. Takes the variables out in place, since not even `environ` need stand by now.
void unbind(int /*argc*/, char** /*argv*/, char** environment) {
  char** kept = environment;
  for (char** variable = environment; *variable != nullptr; ++variable) {
    if (!binds(*variable)) *kept++ = *variable;
  }
  *kept = nullptr;
}

}  // namespace

[[gnu::section(".preinit_array"), gnu::used]] void (*const kUnbind)(int, char**, char**) = unbind;
