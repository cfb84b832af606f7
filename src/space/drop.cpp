#include "tse/space/drop.h"

#include "tse/base/random.h"

namespace tse {

std::vector<float> drop_factors(std::uint64_t seed, const std::string& node, std::size_t count, double rate) {
  const auto kept = static_cast<float>(1 / (1 - rate));
  Stream random(derive_seed(seed, "drop " + node));
  std::vector<float> factors(count);
  for (float& factor : factors) factor = random.unit() < rate ? 0 : kept;
  return factors;
}

}  // namespace tse
