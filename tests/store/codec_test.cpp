#include "tse/store/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <bit>
#include <limits>

#include "store/samples.h"
#include "tse/base/error.h"

namespace tse {
namespace {

std::vector<std::uint64_t> bits(const std::vector<double>& values) {
  std::vector<std::uint64_t> list;
  for (const double value : values) list.push_back(std::bit_cast<std::uint64_t>(value));
  return list;
}

/// The bytes with a checksum that fits them, so that what lies behind the checksum is reached.
std::string sealed(std::string bytes) {
  const auto crc = static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
  return bytes.append(reinterpret_cast<const char*>(&crc), sizeof crc);
}

TEST(Codec, TraceComesBackAsItWas) {
  Trace trace = sample_trace(3);
  trace.reason = "loss of step 7 is nan \"\xff\"";
  EXPECT_EQ(decode_trace(encode_trace(trace), "test"), trace);
  EXPECT_EQ(decode_trace(encode_trace({}), "test"), Trace{});
}

TEST(Codec, ScoresComeBackAndTracesWithoutAreWrittenAsBefore) {
  Trace trace{.status = TraceStatus::ok, .seconds = 2};
  EXPECT_EQ(encode_trace(trace).front(), 1);
  trace.scores = {{.name = "synflow", .value = 6.1e49, .seconds = 0.1},
                  {.name = "jaccov:outputs=1", .value = kFailedScore, .reason = "why \xff", .seconds = 0.2}};
  const std::string bytes = encode_trace(trace);
  EXPECT_EQ(bytes.front(), 2);
  EXPECT_EQ(decode_trace(bytes, "test"), trace);
  const std::string body = bytes.substr(0, bytes.size() - 4);
  for (std::size_t size = 0; size < body.size(); ++size)
    EXPECT_THROW(decode_trace(sealed(body.substr(0, size)), "test"), DataError) << size;
  std::string relabelled = body;
  relabelled.front() = 1;
  EXPECT_THROW(decode_trace(sealed(relabelled), "test"), DataError);
  relabelled.front() = 3;
  EXPECT_THROW(decode_trace(sealed(relabelled), "test"), DataError);
}

TEST(Codec, WhatASearchFoundComesBack) {
  Trace trace{.status = TraceStatus::ok, .train_images = 8, .batch = 4, .step_loss = {1, 2}};
  trace.found = {{.epoch = 1, .arch = "|a~0|", .shares = {{0.25, 0.75}, {}}}, {.epoch = 2, .arch = "", .shares = {}}};
  for (const bool scored : {false, true}) {
    if (scored) trace.scores = {{.name = "synflow", .value = 2}};
    const std::string bytes = encode_trace(trace);
    EXPECT_EQ(bytes.front(), 3);
    EXPECT_EQ(decode_trace(bytes, "test"), trace);
    EXPECT_EQ(trace_from_json(to_json(trace), "test").found, trace.found);
    const std::string body = bytes.substr(0, bytes.size() - 4);
    for (std::size_t size = 0; size < body.size(); ++size)
      EXPECT_THROW(decode_trace(sealed(body.substr(0, size)), "test"), DataError) << size;
  }
}

TEST(Codec, LossesOfTheOutputAloneComeBack) {
  Trace trace{.status = TraceStatus::ok, .train_images = 8, .batch = 4, .step_loss = {1, 2}, .output_loss = {0.7, 1.5}};
  const std::string bytes = encode_trace(trace);
  EXPECT_EQ(bytes.front(), 4);
  EXPECT_EQ(decode_trace(bytes, "test"), trace);
  EXPECT_EQ(trace_from_json(to_json(trace), "test"), trace);
  const std::string body = bytes.substr(0, bytes.size() - 4);
  for (std::size_t size = 0; size < body.size(); ++size)
    EXPECT_THROW(decode_trace(sealed(body.substr(0, size)), "test"), DataError) << size;
  for (const char version : {'\1', '\2', '\3', '\5'}) {
    std::string relabelled = body;
    relabelled.front() = version;
    EXPECT_THROW(decode_trace(sealed(relabelled), "test"), DataError) << int{version};
  }
  trace.output_loss = {0.7};  // one for two steps
  EXPECT_THROW(decode_trace(encode_trace(trace), "test"), DataError);
  EXPECT_THROW(trace_from_json(to_json(trace), "test"), DataError);
}

TEST(Codec, EveryBitOfALossComesBack) {
  Trace trace{.status = TraceStatus::diverged};
  for (const std::uint64_t pattern : std::initializer_list<std::uint64_t>{
           0x0000000000000000U, 0x8000000000000000U, 0x7ff0000000000000U,  // 0, -0, inf
           0xfff0000000000000U, 0x7ff8000000000000U, 0x7ff0000000000001U,  // -inf, NaNs
           0xfff8000000001234U, 0x0000000000000001U, 0x3ff0000000000001U}) {
    trace.step_loss.push_back(std::bit_cast<double>(pattern));
  }
  Stream stream(1);
  for (int i = 0; i < 10000; ++i) trace.step_loss.push_back(std::bit_cast<double>(stream()));
  for (std::size_t first = 0; first < trace.step_loss.size(); ++first) {
    // each alone too, since losses that all are floats are written as such
    if (first > 100) break;
    const Trace one{.step_loss = {trace.step_loss[first]}};
    EXPECT_EQ(bits(decode_trace(encode_trace(one), "test").step_loss), bits(one.step_loss));
  }
  EXPECT_EQ(bits(decode_trace(encode_trace(trace), "test").step_loss), bits(trace.step_loss));
  trace.evaluations = {{.split = "valid", .epoch = 1, .loss = std::numeric_limits<double>::infinity()}};
  EXPECT_EQ(decode_trace(encode_trace(trace), "test").evaluations, trace.evaluations);
}

TEST(Codec, FloatLossesTakeFourBytes) {
  Trace trace;
  for (int i = 0; i < 200 * 391; ++i) trace.step_loss.push_back(static_cast<float>(2.3 / (1 + i)));
  EXPECT_LT(encode_trace(trace).size(), 200U * 391U * 4U + 100U);
  EXPECT_EQ(decode_trace(encode_trace(trace), "test"), trace);
}

TEST(Codec, JobComesBackAsItWas) {
  Job job = sample_job(5);
  job.number = 5;
  EXPECT_EQ(decode_job(encode_job(job), 5, "test"), job);
  EXPECT_THROW(decode_job(encode_job(job), 4, "test"), DataError);
}

TEST(Codec, RefusesTextThatIsNotUtf8) {
  Job job = sample_job(0);
  job.data = "images:dir=/caf\xe9";
  EXPECT_THAT([&] { encode_job(job); }, testing::ThrowsMessage<UsageError>(testing::HasSubstr("UTF-8")));
}

TEST(Codec, EveryFlippedBitIsNoticed) {
  const std::string good = encode_trace(sample_trace(4));
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_THROW(decode_trace(bad, "test"), DataError) << bit;
  }
}

TEST(Codec, EveryCutIsNoticed) {
  const std::string good = encode_trace(sample_trace(4));
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_THROW(decode_trace(good.substr(0, size), "test"), DataError) << size;
  }
}

TEST(Codec, CutsAndLengthsBehindTheChecksumAreCheckedToo) {
  const std::string good = encode_trace(sample_trace(4));
  const std::string body = good.substr(0, good.size() - 4);
  EXPECT_NO_THROW(decode_trace(sealed(body), "test"));
  for (std::size_t size = 0; size < body.size(); ++size) {
    EXPECT_THROW(decode_trace(sealed(body.substr(0, size)), "test"), DataError) << size;
  }
  EXPECT_THROW(decode_trace(sealed(body + "x"), "test"), DataError);
  Stream random(9);
  int refused = 0;
  for (int i = 0; i < 20000; ++i) {  // anything but a DataError ends the test
    std::string bad = body;
    for (int edits = 0; edits < 3; ++edits) bad[random.below(bad.size())] = static_cast<char>(random.below(256));
    try {
      decode_trace(sealed(bad), "test");
    } catch (const DataError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
}

TEST(Codec, MessagesNameThePlace) {
  EXPECT_THAT([] { decode_trace(sealed(std::string(1, '\x09')), "s.db: table result, row 3"); },
              testing::ThrowsMessage<DataError>(
                  testing::AllOf(testing::StartsWith("[s.db: table result, row 3]"), testing::HasSubstr("version 9"))));
}

}  // namespace
}  // namespace tse
