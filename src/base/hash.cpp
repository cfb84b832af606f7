#include "tse/base/hash.h"

#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace tse {
namespace {

void check(int done) {
  if (done != 1) throw std::runtime_error("OpenSSL: message digest failed");
}

}  // namespace

struct Hash::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { EVP_MD_CTX_free(context); }
};

Hash::Hash(HashKind kind) : state_(std::make_unique<State>()) {
  check(EVP_DigestInit_ex(state_->context, kind == HashKind::sha256 ? EVP_sha256() : EVP_md5(), nullptr));
}
Hash::~Hash() = default;
Hash::Hash(Hash&&) noexcept = default;
Hash& Hash::operator=(Hash&&) noexcept = default;

Hash& Hash::add(std::span<const std::uint8_t> bytes) {
  check(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()));
  return *this;
}

Hash& Hash::add(std::string_view text) {
  check(EVP_DigestUpdate(state_->context, text.data(), text.size()));
  return *this;
}

Hash& Hash::add(std::uint64_t number) {
  std::array<std::uint8_t, 8> bytes{};
  for (std::uint8_t& byte : bytes) {
    byte = static_cast<std::uint8_t>(number & 0xffU);
    number >>= 8U;
  }
  return add(bytes);
}

std::string Hash::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  check(EVP_DigestFinal_ex(state_->context, bytes.data(), &size));
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    text += "0123456789abcdef"[bytes[i] >> 4U];
    text += "0123456789abcdef"[bytes[i] & 15U];
  }
  return text;
}

}  // namespace tse
