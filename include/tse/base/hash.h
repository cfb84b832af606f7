#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tse {

/// SHA-256 for what we make; MD5 only because some publishers of data give nothing else.
enum class HashKind { sha256, md5 };

/// A hash over bytes that come in pieces. Use once: after `hex` it is spent.
class Hash {
 public:
  explicit Hash(HashKind kind = HashKind::sha256);
  ~Hash();
  Hash(Hash&&) noexcept;
  Hash& operator=(Hash&&) noexcept;

  Hash& add(std::span<const std::uint8_t> bytes);
  Hash& add(std::string_view text);
  /// Eight bytes, least significant first, on every machine.
  Hash& add(std::uint64_t number);

  /// Lower-case hexadecimal digits: 64 of SHA-256, 32 of MD5.
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tse
