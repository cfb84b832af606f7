// The lines of a file of architectures, in every space.
#include <cstdlib>

#include "fuzz.h"
#include "tse/space/space.h"

namespace tse::fuzz {

std::vector<std::string> seeds() {
  std::vector<std::string> list;
  Stream random(1);
  for (const std::string& name : spaces().names()) {
    const auto space = make_space(name);
    const Arch arch = space->sample(random);
    list.push_back(arch.text);
    if (const auto published = space->published_form(arch)) list.push_back(*published);
  }
  return list;
}

}  // namespace tse::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tse;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const std::string& name : spaces().names()) {
    const auto space = make_space(name);
    fuzz::may_refuse([&] {
      const Arch arch = space->parse(text);
      if (space->parse(arch.text) != arch) std::abort();
      (void)space->canonical(arch);
    });
  }
  return 0;
}
