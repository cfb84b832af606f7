// The strings that name things: what parses must print to a string that parses to the same.
#include <cstdlib>

#include "fuzz.h"
#include "tse/base/file.h"
#include "tse/base/spec.h"
#include "tse/data/data.h"

namespace tse::fuzz {

std::vector<std::string> seeds() {
  return {"synthetic:classes=3,noise=0.25", "cifar10:dir=/a\\,b\\\\,train=100,valid=20", "images:dir=x,size=32,seed=7",
          "fashion-mnist", "cifar100:dir=.,normalisation=published,test=18446744073709551616"};
}

}  // namespace tse::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tse;
  const std::string_view text = as_text(std::span(data, size));
  return fuzz::may_refuse([&] {
    const Spec spec = parse_spec(text, "input");
    if (parse_spec(to_text(spec), "own text") != spec) std::abort();
    const auto made = make_data(text);
    if (make_data(made->spec())->spec() != made->spec()) std::abort();
  });
}
