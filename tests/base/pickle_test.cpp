#include "tse/base/pickle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/expect_error.h"
#include "tse/base/error.h"
#include "tse/base/json.h"

namespace tse {
namespace {

using testing::HasSubstr;
using Kind = Pickle::Kind;

/// The numbers and the script that made them, tests/base/make_pickles.py, lie beside this file.
Json expected() {
  std::ifstream file(TSE_SOURCE "/tests/base/expected_pickles.json");
  return Json::parse(file);
}

Bytes from_hex(const std::string& text) {
  Bytes bytes;
  for (std::size_t i = 0; i < text.size(); i += 2)
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(text.substr(i, 2), nullptr, 16)));
  return bytes;
}

std::string to_hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

/// As the script writes values.
Json to_json(const Pickle& pickle, Pickle::Ref ref) {
  const auto list = [&](Kind kind) {
    Json all = Json::array();
    for (const Pickle::Ref item : pickle.items(ref, kind)) all.push_back(to_json(pickle, item));
    return all;
  };
  switch (pickle.kind(ref)) {
    case Kind::none:
      return nullptr;
    case Kind::boolean:
      return pickle.boolean(ref);
    case Kind::integer:
      return pickle.integer(ref);
    case Kind::real:
      return pickle.number(ref);
    case Kind::text:
      return pickle.text(ref);
    case Kind::bytes:
      return {{"bytes", to_hex(pickle.bytes(ref))}};
    case Kind::list:
      return list(Kind::list);
    case Kind::tuple:
      return {{"tuple", list(Kind::tuple)}};
    case Kind::set:
      return {{"set", list(Kind::set)}};
    case Kind::dict: {
      const Json flat = list(Kind::dict);
      Json pairs = Json::array();
      for (std::size_t i = 0; i < flat.size(); i += 2) pairs.push_back(Json::array({flat[i], flat[i + 1]}));
      return {{"dict", pairs}};
    }
    case Kind::array: {
      const Pickle::Array array = pickle.array(ref);
      return {{"array", {{"type", array.type}, {"shape", array.shape}, {"bytes", to_hex(array.bytes)}}}};
    }
    default:
      return "a name";
  }
}

TEST(PickleTest, ReadsWhatPythonWrote) {
  const Json all = expected().at("good");
  ASSERT_GT(all.size(), 10U);
  for (const Json& entry : all) {
    const Pickle pickle = Pickle::parse(from_hex(entry.at("pickle")), "file");
    // as text, in which 1 and 1.0 differ
    EXPECT_EQ(to_json(pickle, pickle.root()).dump(), entry.at("value").dump()) << entry.at("name");
  }
}

TEST(PickleTest, RefusesEverythingElse) {
  for (const Json& entry : expected().at("bad")) {
    const std::string name = entry.at("name");
    const std::string said = message_of<DataError>([&] { Pickle::parse(from_hex(entry.at("pickle")), "file"); });
    EXPECT_THAT(said, HasSubstr("[file: byte ")) << name;
    EXPECT_THAT(said, HasSubstr(entry.at("words").get<std::string>())) << name;
  }
}

TEST(PickleTest, RefusesEveryBeginningOfAPickle) {
  for (const Json& entry : expected().at("good")) {
    const Bytes whole = from_hex(entry.at("pickle"));
    for (std::size_t size = 0; size < whole.size(); ++size)
      EXPECT_THROW(Pickle::parse({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}, "file"), DataError)
          << entry.at("name") << " cut to " << size;
  }
}

TEST(PickleTest, KeepsToItsLimits) {
  const std::string head = "\x80\x04";
  const auto parse = [&](const std::string& opcodes, const PickleLimits& limits) {
    return message_of<DataError>([&] {
      const std::string all = head + opcodes;
      Pickle::parse({all.begin(), all.end()}, "file", limits);
    });
  };
  EXPECT_THAT(parse(std::string(100, 'N'), {.bytes = 50, .nodes = 1000}), HasSubstr("at most 50 bytes; got 102"));
  EXPECT_THAT(parse(std::string(100, 'N'), {.bytes = 1000, .nodes = 50}), HasSubstr("at most 50 values"));
}

/// A list in a list, half a million deep, and one that contains itself: nothing goes down into them by itself.
TEST(PickleTest, DepthIsNoDanger) {
  constexpr int kDepth = 500'000;
  const std::string deep = "\x80\x04" + std::string(kDepth, ']') + std::string(kDepth - 1, 'a') + ".";
  const Pickle pickle = Pickle::parse({deep.begin(), deep.end()}, "file");
  EXPECT_EQ(pickle.items(pickle.root(), Kind::list).size(), 1U);
  const std::string own{'\x80', '\x04', ']', '\x94', 'h', '\0', 'a', '.'};
  const Pickle loop = Pickle::parse({own.begin(), own.end()}, "file");
  EXPECT_EQ(loop.items(loop.root(), Kind::list)[0], loop.root());
}

TEST(PickleTest, AnArrayThatWasNeverFilledIsRefused) {
  const std::string text(
      "\x80\x04"
      "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85"
      "C\1b\x87R.",
      62);
  const Pickle pickle = Pickle::parse({text.begin(), text.end()}, "file");
  EXPECT_THAT(message_of<DataError>([&] { pickle.array(pickle.root()); }),
              HasSubstr("expected an array with its numbers; got none"));
}

TEST(PickleTest, SaysWhereAValueIsOfAnotherKind) {
  const std::string text{'\x80', '\x04', 'N', '.'};
  const Pickle pickle = Pickle::parse({text.begin(), text.end()}, "file");
  EXPECT_EQ(message_of<DataError>([&] { pickle.number(pickle.root()); }),
            "[file: byte 2 unpacked] expected a float; got a None");
  EXPECT_THROW(pickle.member(pickle.root(), "key"), DataError);
  EXPECT_THROW(pickle.array(pickle.root()), DataError);
}

}  // namespace
}  // namespace tse
