#include "tse/trial/checkpoint.h"

#include <algorithm>

#include "tse/base/error.h"
#include "tse/base/file.h"
#include "tse/base/hash.h"

namespace tse {
namespace {

constexpr std::string_view kMagic = "tse checkpoint 1\n";
constexpr std::size_t kHashDigits = 64;
constexpr std::size_t kHeader = kMagic.size() + kHashDigits + 1;

std::int64_t element_bytes(std::string_view type, std::string_view place) {
  if (type == "float32") return 4;
  if (type == "float64") return 8;
  throw DataError(place, "expected a tensor of float32 or float64; got '{}'", type);
}

StoredTensor tensor_from_json(const Json& item, const std::string& place) {
  StoredTensor tensor{.shape = {}, .type = member<std::string>(item, "type", place), .data = {}};
  std::int64_t bytes = element_bytes(tensor.type, place);
  for (const Json& side : member<Json>(item, "shape", place)) {
    if (!side.is_number_integer() || side.get<std::int64_t>() < 0 || side.get<std::int64_t>() > 1 << 24) {
      throw DataError(place, "expected sides in [0, {}]; got {}", 1 << 24, side.dump());
    }
    tensor.shape.push_back(side.get<std::int64_t>());
    if (__builtin_mul_overflow(bytes, tensor.shape.back(), &bytes)) throw DataError(place, "expected a smaller tensor");
  }
  const Json data = member<Json>(item, "data", place);
  if (!data.is_binary()) throw DataError(place, "expected 'data' to be bytes; got {}", data.type_name());
  tensor.data = data.get_binary();
  if (static_cast<std::int64_t>(tensor.data.size()) != bytes) {
    throw DataError(place, "expected {} bytes for the tensor's shape; got {}", bytes, tensor.data.size());
  }
  return tensor;
}

}  // namespace

std::vector<std::uint8_t> encode(const Checkpoint& checkpoint) {
  Json tensors = Json::object();
  for (const auto& [name, tensor] : checkpoint.tensors) {
    tensors[name] = {{"shape", tensor.shape}, {"type", tensor.type}, {"data", Json::binary(tensor.data)}};
  }
  const Json document = {
      {"job", to_json(checkpoint.job)}, {"trace", to_json(checkpoint.trace)}, {"tensors", std::move(tensors)}};
  const std::vector<std::uint8_t> body = Json::to_cbor(document);
  const std::string header = fmt::format("{}{}\n", kMagic, Hash().add(body).hex());
  std::vector<std::uint8_t> bytes(header.size() + body.size());
  std::ranges::copy(body, std::ranges::copy(header, bytes.begin()).out);
  return bytes;
}

Checkpoint decode_checkpoint(std::span<const std::uint8_t> bytes, std::string_view place) {
  const std::string_view text = as_text(bytes);
  if (!text.starts_with(kMagic) || text.size() < kHeader) throw DataError(place, "expected a checkpoint of version 1");
  const auto body = bytes.subspan(kHeader);
  if (text.substr(kMagic.size(), kHashDigits) != Hash().add(body).hex()) {
    throw DataError(place, "expected content of the SHA-256 in its second line; the file is damaged");
  }
  Json document;
  try {
    document = Json::from_cbor(body);
  } catch (const Json::exception& error) {
    throw DataError(place, "expected CBOR; {}", error.what());
  }
  Checkpoint checkpoint{.job = job_from_json(member<Json>(document, "job", place), place),
                        .trace = trace_from_json(member<Json>(document, "trace", place), place),
                        .tensors = {}};
  const Json tensors = member<Json>(document, "tensors", place);
  for (const auto& [name, item] : tensors.items()) {
    checkpoint.tensors.emplace(name, tensor_from_json(item, std::string(place) + ", tensor " + name));
  }
  return checkpoint;
}

}  // namespace tse
