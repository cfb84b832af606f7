// Small pickles that would take much memory: one long text, or one list, that they share among very many places.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "support/expect_error.h"
#include "tse/base/error.h"
#include "tse/table/nats_cell.h"

namespace tse {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kAgain("h\0", 2);  // the first text that was memoized

/// Opcodes of a text.
std::string text(const std::string& value) {
  std::string opcodes = "X";
  for (unsigned shift = 0; shift < 32; shift += 8) opcodes += static_cast<char>(value.size() >> shift & 0xFFU);
  return opcodes + value;
}

std::string memoized(const std::string& value) { return text(value) + '\x94'; }

std::string repeated(const std::string& opcodes, std::size_t times) {
  std::string all;
  all.reserve(opcodes.size() * times);
  for (std::size_t i = 0; i < times; ++i) all += opcodes;
  return all;
}

std::string dict(const std::string& pairs) { return "}(" + pairs + "u"; }

Pickle parse(const std::string& value) {
  const std::string all = "\x80\x04" + value + ".";
  return Pickle::parse({all.begin(), all.end()}, "file");
}

Pickle meta(const std::string& archs) { return parse(dict(text("meta_archs") + "](" + archs + "e")); }

std::string meta_refusal(const std::string& archs) {
  const Pickle pickle = meta(archs);
  return message_of<DataError>([&] { read_nats_meta(pickle); });
}

/// A cell with one training, all else of which is missing.
std::string cell_refusal(const std::string& hp, const std::string& arch, const std::string& dataset) {
  const std::string results = dict(text(dataset) + "K\x09\x86" + "N");
  const std::string body =
      dict(text("arch_index") + "K\x05" + text("arch_str") + text(arch) + text("all_results") + results);
  const Pickle pickle = parse(dict(text(hp) + body));
  return message_of<DataError>([&] { read_nats_cell(pickle); });
}

TEST(NatsLimits, NamesAreShort) {
  const std::string longest(1000, 'a');
  const auto archs = read_nats_meta(meta(memoized(longest) + kAgain));
  EXPECT_THAT(archs, testing::ElementsAre(longest, longest));
  // 5 GB if each were copied
  EXPECT_THAT(meta_refusal(memoized(std::string(5'000'000, 'a')) + repeated(kAgain, 1000)),
              AllOf(StartsWith("[file: byte 21 unpacked]"), HasSubstr("at most 1000 bytes; got 5000000")));
}

TEST(NatsLimits, ListsOfArchitecturesAreShort) {
  EXPECT_EQ(read_nats_meta(meta(memoized("a") + repeated(kAgain, (1U << 16U) - 1))).size(), 1U << 16U);
  EXPECT_THAT(meta_refusal(memoized("a") + repeated(kAgain, 1U << 16U)),
              AllOf(StartsWith("[file: byte 19 unpacked]"), HasSubstr("at most 65536 architectures; got 65537")));
  EXPECT_THAT(meta_refusal(memoized(std::string(1000, 'a')) + repeated(kAgain, 50'000)),
              AllOf(StartsWith("[file: byte 21 unpacked]"), HasSubstr("at most 16777216 bytes; there are more")));
}

TEST(NatsLimits, NamesInACellAreShortToo) {
  const std::string longest(1000, 'a');
  const std::string longer(1001, 'a');
  EXPECT_THAT(cell_refusal(longest, longest, longest), HasSubstr("expected a dict; got a None"));
  EXPECT_THAT(cell_refusal(longer, "arch", "cifar10"),
              AllOf(StartsWith("[file: byte 4 unpacked]"), HasSubstr("at most 1000 bytes; got 1001")));
  EXPECT_THAT(cell_refusal("12", longer, "cifar10"), HasSubstr("at most 1000 bytes; got 1001"));
  EXPECT_THAT(cell_refusal("12", "arch", longer), HasSubstr("at most 1000 bytes; got 1001"));
}

TEST(NatsLimits, RecipesAreFew) {
  const Pickle pickle = parse(dict(memoized("12") + "N" + repeated(kAgain + "N", 256)));
  EXPECT_THAT(message_of<DataError>([&] { read_nats_cell(pickle); }),
              AllOf(StartsWith("[file: byte 2 unpacked]"), HasSubstr("at most 256 recipes; got 257")));
}

}  // namespace
}  // namespace tse
