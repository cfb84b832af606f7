// The opcodes of a pickle: what is read can be walked through, and memory stays within the limits.
#include <cstdlib>

#include "fuzz.h"
#include "tse/base/pickle.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tse;
  using Kind = Pickle::Kind;
  return fuzz::may_refuse([&] {
    const Pickle pickle = Pickle::parse({data, data + size}, "file", {.bytes = 1U << 16U, .nodes = 1U << 12U});
    if (pickle.root() >= pickle.size() || pickle.size() > 1U << 12U) std::abort();
    for (Pickle::Ref ref = 0; ref < pickle.size(); ++ref) {
      const Kind kind = pickle.kind(ref);
      if (kind == Kind::text) static_cast<void>(pickle.text(ref).size());
      if (kind == Kind::bytes) static_cast<void>(pickle.bytes(ref).size());
      if (kind == Kind::array) fuzz::may_refuse([&] { static_cast<void>(pickle.array(ref).bytes.size()); });
      if (kind == Kind::integer || kind == Kind::real) static_cast<void>(pickle.number(ref));
      if (kind != Kind::list && kind != Kind::tuple && kind != Kind::dict && kind != Kind::set) continue;
      for (const Pickle::Ref item : pickle.items(ref, kind)) {
        if (item >= pickle.size()) std::abort();
      }
      if (kind == Kind::dict) static_cast<void>(pickle.find(ref, "key"));
    }
  });
}
