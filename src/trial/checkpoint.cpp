#include "tse/trial/checkpoint.h"

#include <algorithm>

#include "tse/base/error.h"
#include "tse/base/file.h"
#include "tse/base/hash.h"

namespace tse {
namespace {

constexpr std::string_view kMagic = "tse checkpoint 1\n";
constexpr std::size_t kHashDigits = 64;

std::int64_t element_bytes(std::string_view type, std::string_view place) {
  if (type == "float32") return 4;
  if (type == "float64") return 8;
  throw DataError(place, "expected a tensor of float32 or float64; got '{}'", type);
}

/// Shape and type of a tensor, and its values from the front of `bytes`, which then starts after them.
TensorView take_tensor(const Json& item, std::span<const std::uint8_t>& bytes, const std::string& place) {
  TensorView tensor{.shape = {}, .type = member<std::string>(item, "type", place), .data = {}};
  std::int64_t size = element_bytes(tensor.type, place);
  const Json sides = member<Json>(item, "shape", place);
  if (!sides.is_array() || sides.size() > 8)
    throw DataError(place, "expected 'shape' to be an array of at most 8 sides");
  for (const Json& side : sides) {
    if (!side.is_number_integer() || side.get<std::int64_t>() < 0 || side.get<std::int64_t>() > 1 << 24) {
      throw DataError(place, "expected sides in [0, {}]; got {}", 1 << 24, side.dump());
    }
    tensor.shape.push_back(side.get<std::int64_t>());
    if (__builtin_mul_overflow(size, tensor.shape.back(), &size)) throw DataError(place, "expected a smaller tensor");
  }
  if (static_cast<std::uint64_t>(size) > bytes.size()) {
    throw DataError(place, "expected {} bytes for the tensor's shape; there are {}", size, bytes.size());
  }
  tensor.data = bytes.first(static_cast<std::size_t>(size));
  bytes = bytes.subspan(tensor.data.size());
  return tensor;
}

/// Cuts the text before the next line end off.
std::string_view take_line(std::string_view& text, std::string_view place) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) throw DataError(place, "expected a checkpoint of version 1");
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

}  // namespace

std::vector<std::uint8_t> encode(const Checkpoint& checkpoint) {
  Json tensors = Json::array();
  std::size_t size = 0;
  for (const auto& [name, tensor] : checkpoint.tensors) {
    tensors.push_back({{"name", name}, {"type", tensor.type}, {"shape", tensor.shape}});
    size += tensor.data.size();
  }
  const Json document = {
      {"job", to_json(checkpoint.job)}, {"trace", to_json(checkpoint.trace)}, {"tensors", std::move(tensors)}};
  std::string head = document.dump();
  constexpr std::size_t kAlignment = 64;
  const std::size_t before = kMagic.size() + kHashDigits + 1;
  while ((before + head.size() + 1) % kAlignment != 0) head += ' ';
  head += '\n';
  std::vector<std::uint8_t> body(head.size() + size);
  auto end = std::ranges::copy(head, body.begin()).out;
  for (const auto& [name, tensor] : checkpoint.tensors) end = std::ranges::copy(tensor.data, end).out;
  const std::string seal = fmt::format("{}{}\n", kMagic, Hash().add(body).hex());
  body.insert(body.begin(), seal.begin(), seal.end());
  return body;
}

namespace {

/// Job, trace and tensors, of which the values stay where they are.
MappedCheckpoint view_of(std::span<const std::uint8_t> bytes, std::string_view place) {
  std::string_view text = as_text(bytes);
  if (!text.starts_with(kMagic)) throw DataError(place, "expected a checkpoint of version 1");
  text.remove_prefix(kMagic.size());
  const std::string_view digest = take_line(text, place);
  if (digest.size() != kHashDigits || digest != Hash().add(text).hex()) {
    throw DataError(place, "expected content of the SHA-256 in its second line; the file is damaged");
  }
  const Json document = parse_json(take_line(text, place), place);
  MappedCheckpoint view{.place = std::string(place),
                        .file = nullptr,
                        .job = job_from_json(member<Json>(document, "job", place), place),
                        .trace = trace_from_json(member<Json>(document, "trace", place), place),
                        .tensors = {}};
  std::span<const std::uint8_t> values = bytes.last(text.size());
  for (const Json& item : member<Json>(document, "tensors", place)) {
    std::string name = member<std::string>(item, "name", place);
    TensorView tensor = take_tensor(item, values, fmt::format("{}, tensor {}", place, name));
    view.tensors.insert_or_assign(std::move(name), std::move(tensor));
  }
  if (!values.empty()) throw DataError(place, "expected nothing after the tensors; there are {} bytes", values.size());
  return view;
}

}  // namespace

Checkpoint decode_checkpoint(std::span<const std::uint8_t> bytes, std::string_view place) {
  MappedCheckpoint view = view_of(bytes, place);
  Checkpoint checkpoint{.job = std::move(view.job), .trace = std::move(view.trace), .tensors = {}};
  for (auto& [name, tensor] : view.tensors)
    checkpoint.tensors[name] = {.shape = std::move(tensor.shape),
                                .type = std::move(tensor.type),
                                .data = {tensor.data.begin(), tensor.data.end()}};
  return checkpoint;
}

MappedCheckpoint map_checkpoint(const std::filesystem::path& file) {
  auto mapped = std::make_shared<const MappedFile>(file);
  MappedCheckpoint view = view_of(mapped->bytes(), file.string());
  view.file = std::move(mapped);
  return view;
}

void expect_supernet(const MappedCheckpoint& weights, std::string_view space) {
  if (!weights.job.one_shot || !weights.job.one_shot->is_supernet())
    throw DataError(weights.place, "expected a super-network's weights; they are those of {}", weights.job.arch.text);
  if (weights.trace.status != TraceStatus::ok)
    throw DataError(weights.place, "expected a super-network that was trained to its end; its training {}",
                    to_text(weights.trace.status));
  if (weights.job.space != space)
    throw DataError(weights.place, "expected a super-network of {}; it is of {}", space, weights.job.space);
}

}  // namespace tse
