#include "tse/export/safetensors.h"

#include <cstring>

#include "tse/base/error.h"
#include "tse/base/json.h"

namespace tse {
namespace {

constexpr std::size_t kLengthBytes = 8;

}  // namespace

Bytes to_safetensors(const std::map<std::string, torch::Tensor>& tensors,
                     const std::vector<std::pair<std::string, std::string>>& facts) {
  Json header = Json::object();
  for (const auto& [name, text] : facts) header["__metadata__"][name] = text;
  Bytes values;
  for (const auto& [name, tensor] : tensors) {
    const torch::Tensor plain = tensor.detach().to(torch::kCPU, torch::kFloat).contiguous();
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(plain.data_ptr<float>());
    const std::size_t begin = values.size();
    values.insert(values.end(), bytes, bytes + plain.nbytes());
    header[name] = {{"dtype", "F32"}, {"shape", plain.sizes().vec()}, {"data_offsets", {begin, values.size()}}};
  }
  std::string text = header.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.resize((text.size() + 7) / 8 * 8, ' ');  // so that values are aligned
  Bytes file(kLengthBytes);
  for (std::size_t i = 0; i < kLengthBytes; ++i) file[i] = static_cast<std::uint8_t>(text.size() >> (8 * i));
  file.insert(file.end(), text.begin(), text.end());
  file.insert(file.end(), values.begin(), values.end());
  return file;
}

std::map<std::string, torch::Tensor> from_safetensors(std::span<const std::uint8_t> file, std::string_view place) {
  if (file.size() < kLengthBytes) throw DataError(place, "expected a header's length; got {} bytes", file.size());
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i) length |= std::uint64_t{file[i]} << (8 * i);
  file = file.subspan(kLengthBytes);
  if (length > file.size()) throw DataError(place, "expected a header of {} bytes; there are {}", length, file.size());
  const Json header = parse_json(as_text(file.first(length)), place);
  const std::span<const std::uint8_t> values = file.subspan(length);
  std::map<std::string, torch::Tensor> tensors;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    if (const auto type = member<std::string>(entry, "dtype", place); type != "F32")
      throw DataError(place, "expected tensors of F32; got {} for '{}'", type, name);
    std::vector<std::int64_t> shape;
    for (const double side : member<std::vector<double>>(entry, "shape", place))
      shape.push_back(static_cast<std::int64_t>(side));
    const auto offsets = member<std::vector<double>>(entry, "data_offsets", place);
    torch::Tensor tensor = torch::empty(shape);
    if (offsets.size() != 2 || !(offsets[0] >= 0) || !(offsets[1] <= static_cast<double>(values.size())) ||
        offsets[1] - offsets[0] != static_cast<double>(tensor.nbytes())) {
      throw DataError(place, "expected {} bytes for '{}' within the {} that follow the header", tensor.nbytes(), name,
                      values.size());
    }
    std::memcpy(tensor.data_ptr<float>(), values.data() + static_cast<std::size_t>(offsets[0]), tensor.nbytes());
    tensors.emplace(name, std::move(tensor));
  }
  return tensors;
}

}  // namespace tse
