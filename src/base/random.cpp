#include "tse/base/random.h"

namespace tse {
namespace {

constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15U;

constexpr std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

}  // namespace

Stream::result_type Stream::operator()() { return mix(state_ += kGolden); }

std::uint64_t Stream::below(std::uint64_t bound) {
  const std::uint64_t biased = (max() - bound + 1) % bound;  // 2^64 mod bound: so many values would be favoured
  for (;;) {
    const std::uint64_t drawn = (*this)();
    if (drawn >= biased) return drawn % bound;
  }
}

double Stream::unit() { return static_cast<double>((*this)() >> 11U) * 0x1.0p-53; }

std::uint64_t derive_seed(std::uint64_t seed, std::string_view purpose, std::uint64_t index) {
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a of the purpose
  for (const char letter : purpose) hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3U;
  return mix(mix(mix(seed + kGolden) ^ hash) + kGolden * (index + 1));
}

}  // namespace tse
