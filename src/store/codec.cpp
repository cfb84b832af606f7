#include "tse/store/codec.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "tse/base/error.h"
#include "tse/base/text.h"

namespace tse {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kVersionWithScores = 2;
constexpr std::uint8_t kVersionWithFound = 3;       // scores, and what a differentiable search found
constexpr std::uint8_t kVersionWithOutputLoss = 4;  // all of it, and the losses of the output alone
constexpr std::array kStatuses = {TraceStatus::running, TraceStatus::ok, TraceStatus::diverged, TraceStatus::failed,
                                  TraceStatus::stopped};
constexpr std::uint32_t kMostEpochs = 1000000;

static_assert(std::endian::native == std::endian::little, "numbers are copied as they lie in memory");

class Writer {
 public:
  template <class Number>
  void number(Number value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }

  void text(std::string_view value) {
    number(static_cast<std::uint32_t>(value.size()));
    bytes_.append(value);
  }

  std::string& bytes() { return bytes_; }

 private:
  std::string bytes_;
};

class Reader {
 public:
  Reader(std::string_view bytes, std::string_view place) : bytes_(bytes), place_(place) {}

  template <class Number>
  Number number() {
    Number value{};
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

  /// A number that was written as `std::uint32_t` and must be at most `most`.
  int size(std::string_view name, std::uint32_t most) {
    const auto value = number<std::uint32_t>();
    if (value > most) throw DataError(place_, "expected {} in [0, {}]; got {}", name, most, value);
    return static_cast<int>(value);
  }

  std::string_view take(std::size_t count) {
    if (count > left()) throw DataError(place_, "expected {} more bytes at byte {}; got {}", count, position_, left());
    const std::string_view part = bytes_.substr(position_, count);
    position_ += count;
    return part;
  }

  std::string text() { return std::string(take(number<std::uint32_t>())); }

  std::size_t left() const { return bytes_.size() - position_; }

 private:
  std::string_view bytes_;
  std::string_view place_;
  std::size_t position_ = 0;
};

std::uint32_t crc(std::string_view bytes) {
  return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

bool is_float(double value) {
  const double back = static_cast<float>(value);
  return std::bit_cast<std::uint64_t>(back) == std::bit_cast<std::uint64_t>(value);
}

template <class Number>
std::vector<double> read_numbers(Reader& reader, std::size_t count) {
  const std::string_view bytes = reader.take(count * sizeof(Number));
  std::vector<Number> numbers(count);
  if (count > 0) std::memcpy(numbers.data(), bytes.data(), bytes.size());
  return {numbers.begin(), numbers.end()};
}

/// As floats where they all are.
void write_losses(Writer& out, const std::vector<double>& losses) {
  const bool floats = std::ranges::all_of(losses, is_float);
  out.number(static_cast<std::uint8_t>(floats ? sizeof(float) : sizeof(double)));
  out.number(static_cast<std::uint32_t>(losses.size()));
  for (const double loss : losses) floats ? out.number(static_cast<float>(loss)) : out.number(loss);
}

std::vector<double> read_losses(Reader& in, std::string_view place) {
  const auto width = in.number<std::uint8_t>();
  const auto count = in.number<std::uint32_t>();
  if (width != sizeof(float) && width != sizeof(double))
    throw DataError(place, "expected losses of 4 or 8 bytes; got {}", width);
  return width == sizeof(float) ? read_numbers<float>(in, count) : read_numbers<double>(in, count);
}

void write_scores(Writer& out, const std::vector<StaticScore>& scores) {
  out.number(static_cast<std::uint32_t>(scores.size()));
  for (const StaticScore& score : scores) {
    out.text(score.name);
    out.number(score.value);
    out.text(score.reason);
    out.number(score.seconds);
  }
}

std::vector<StaticScore> read_scores(Reader& in) {
  const auto count = in.number<std::uint32_t>();
  std::vector<StaticScore> scores;
  for (std::uint32_t i = 0; i < count; ++i) {
    StaticScore& score = scores.emplace_back();
    score.name = in.text();
    score.value = in.number<double>();
    score.reason = in.text();
    score.seconds = in.number<double>();
  }
  return scores;
}

void write_found(Writer& out, const std::vector<Found>& all) {
  out.number(static_cast<std::uint32_t>(all.size()));
  for (const Found& found : all) {
    out.number(static_cast<std::uint32_t>(found.epoch));
    out.text(found.arch);
    out.number(static_cast<std::uint32_t>(found.shares.size()));
    for (const std::vector<double>& place : found.shares) {
      out.number(static_cast<std::uint32_t>(place.size()));
      for (const double share : place) out.number(share);
    }
  }
}

std::vector<Found> read_found(Reader& in) {
  std::vector<Found> all;
  const auto count = in.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < count; ++i) {  // the reader ends where the bytes do
    Found& found = all.emplace_back();
    found.epoch = in.size("epoch", kMostEpochs);
    found.arch = in.text();
    const auto places = in.number<std::uint32_t>();
    for (std::uint32_t place = 0; place < places; ++place) {
      std::vector<double>& shares = found.shares.emplace_back();
      const auto options = in.number<std::uint32_t>();
      for (std::uint32_t option = 0; option < options; ++option) shares.push_back(in.number<double>());
    }
  }
  return all;
}

/// The first text in it that is none.
std::string not_utf8(const Json& value) {
  if (value.is_string()) return first_not_utf8(value.get<std::string>()) ? value.get<std::string>() : "";
  if (!value.is_structured()) return "";
  for (const auto& [name, item] : value.items()) {
    if (value.is_object() && first_not_utf8(name)) return name;
    if (std::string found = not_utf8(item); !found.empty()) return found;
  }
  return "";
}

}  // namespace

std::string json_line(const Json& value, std::string_view place) {
  try {
    return value.dump();
  } catch (const Json::exception&) {
    throw UsageError(place, "expected text in UTF-8; got {}", printable(not_utf8(value)));
  }
}

std::string encode_job(const Job& job) { return json_line(to_json(job), "trial"); }

Job decode_job(std::string_view text, int number, std::string_view place) {
  Job job = job_from_json(parse_json(text, place), place);
  if (job.number != number) throw DataError(place, "expected the job of trial {}; got that of {}", number, job.number);
  return job;
}

std::string encode_trace(const Trace& trace) {
  Writer out;
  const std::uint8_t version = !trace.output_loss.empty() ? kVersionWithOutputLoss
                               : !trace.found.empty()     ? kVersionWithFound
                               : trace.scores.empty()     ? kVersion
                                                          : kVersionWithScores;
  out.number(version);
  out.number(static_cast<std::uint8_t>(std::ranges::find(kStatuses, trace.status) - kStatuses.begin()));
  out.text(trace.reason);
  out.number(static_cast<std::uint32_t>(trace.train_images));
  out.number(static_cast<std::uint32_t>(trace.batch));
  out.number(trace.seconds);
  out.number(trace.images);
  out.number(static_cast<std::uint32_t>(trace.evaluations.size()));
  for (const Evaluation& evaluation : trace.evaluations) {
    out.text(evaluation.split);
    out.number(static_cast<std::uint32_t>(evaluation.epoch));
    out.number(evaluation.loss);
    out.number(evaluation.accuracy);
  }
  write_losses(out, trace.step_loss);
  if (version >= kVersionWithScores) write_scores(out, trace.scores);
  if (version >= kVersionWithFound) write_found(out, trace.found);
  if (version >= kVersionWithOutputLoss) write_losses(out, trace.output_loss);
  out.number(crc(out.bytes()));
  return std::move(out.bytes());
}

Trace decode_trace(std::string_view bytes, std::string_view place) {
  constexpr std::size_t kSeal = sizeof(std::uint32_t);
  if (bytes.size() < kSeal) throw DataError(place, "expected a trace; got {} bytes", bytes.size());
  const std::string_view sealed = bytes.substr(0, bytes.size() - kSeal);
  if (Reader(bytes.substr(sealed.size()), place).number<std::uint32_t>() != crc(sealed)) {
    throw DataError(place, "expected a trace with a matching CRC-32; its {} bytes are damaged", bytes.size());
  }

  Reader in(sealed, place);
  const auto version = in.number<std::uint8_t>();
  if (version < kVersion || version > kVersionWithOutputLoss)
    throw DataError(place, "expected a trace of version {} to {}; got version {}", kVersion, kVersionWithOutputLoss,
                    version);
  const auto status = in.number<std::uint8_t>();
  if (status >= kStatuses.size()) throw DataError(place, "expected a status in [0, 4]; got {}", status);
  constexpr auto kMostInt = static_cast<std::uint32_t>(std::numeric_limits<int>::max());
  Trace trace{.status = kStatuses.at(status), .reason = in.text()};
  trace.train_images = in.size("train_images", kMostInt);
  trace.batch = in.size("batch", kMostInt);
  trace.seconds = in.number<double>();
  trace.images = in.number<std::int64_t>();
  if (trace.images < 0) throw DataError(place, "expected images that are not negative; got {}", trace.images);
  const auto evaluations = in.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < evaluations; ++i) {
    Evaluation& evaluation = trace.evaluations.emplace_back();
    evaluation.split = in.text();
    evaluation.epoch = in.size("epoch", kMostEpochs);
    evaluation.loss = in.number<double>();
    evaluation.accuracy = in.number<double>();
  }
  trace.step_loss = read_losses(in, place);
  if (version >= kVersionWithScores) trace.scores = read_scores(in);
  if (version == kVersionWithScores && trace.scores.empty())
    throw DataError(place, "expected at least one score in a trace of version {}", kVersionWithScores);
  if (version >= kVersionWithFound) trace.found = read_found(in);
  if (version == kVersionWithFound && trace.found.empty())
    throw DataError(place, "expected at least one found architecture in a trace of version {}", kVersionWithFound);
  if (version >= kVersionWithOutputLoss) trace.output_loss = read_losses(in, place);
  if (version == kVersionWithOutputLoss && trace.output_loss.empty())
    throw DataError(place, "expected at least one output loss in a trace of version {}", kVersionWithOutputLoss);
  check_output_loss(trace, place);
  check_found(trace.found, place);
  if (in.left() != 0) throw DataError(place, "expected the end of a trace; got {} more bytes", in.left());
  return trace;
}

}  // namespace tse
