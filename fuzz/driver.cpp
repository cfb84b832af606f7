// Feeds a target damaged copies of its seeds and random bytes, where there is no libFuzzer:
//
//   fuzz_idx [--runs N] [--seed S] [--first N]      damaged inputs number first to first + runs - 1
//   fuzz_idx FILE...                                these inputs
//
// Input number n depends on the seed and n alone, so a finding is seen again by --first n --runs 1.
#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "fuzz.h"
#include "tse/base/random.h"

extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

namespace tse::fuzz {
namespace {

constexpr std::size_t kLargest = 1U << 16U;  // bytes of an input

std::uint64_t current = 0;          // the input that is being read, for the message of a finding
const char* current_kind = "seed";  // or "input", made from seeds
std::string current_input;

void report() {
  std::fprintf(stderr, "finding: %s %llu, kept in ./finding\n", current_kind, static_cast<unsigned long long>(current));
  std::ofstream("finding", std::ios::binary) << current_input;
}

void run(const std::string& input) {
  current_input = input;
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

std::string read_all(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<std::string> all_seeds() {
  std::vector<std::string> all;
  if (seeds != nullptr) all = seeds();
  const std::filesystem::path folder = TSE_FUZZ_CORPUS;
  if (std::filesystem::is_directory(folder)) {
    std::vector<std::filesystem::path> files(std::filesystem::directory_iterator{folder}, {});
    std::sort(files.begin(), files.end());
    for (const auto& file : files) all.push_back(read_all(file));
  }
  return all;
}

std::size_t pick(std::size_t bound, Stream& stream) { return static_cast<std::size_t>(stream.below(bound)); }

std::string random_bytes(std::size_t size, Stream& stream) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(stream() & 0xffU);
  return bytes;
}

/// Values at which sizes and counters go wrong, in 1, 2 or 4 bytes of either order.
void write_number(std::string& input, Stream& stream) {
  constexpr std::uint32_t kValues[] = {0,      1,      0x7f,    0x80,       0xff,       0x100,     0x7fff,
                                       0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff};
  const std::size_t size = std::size_t{1} << pick(3, stream);
  if (input.size() < size) return;
  const std::uint32_t value = kValues[pick(std::size(kValues), stream)];
  const bool large_first = pick(2, stream) == 0;
  const std::size_t at = pick(input.size() - size + 1, stream);
  for (std::size_t i = 0; i < size; ++i) {
    input[at + (large_first ? size - 1 - i : i)] = static_cast<char>((value >> (8 * i)) & 0xffU);
  }
}

void damage(std::string& input, const std::vector<std::string>& all, Stream& stream) {
  const std::size_t at = pick(input.size() + 1, stream);
  const std::size_t length = pick(input.size() - at + 1, stream);
  switch (pick(8, stream)) {
    case 0:
      if (at < input.size()) input[at] = static_cast<char>(input[at] ^ static_cast<char>(1U << pick(8, stream)));
      break;
    case 1:
      if (at < input.size()) input[at] = static_cast<char>(stream() & 0xffU);
      break;
    case 2:
      write_number(input, stream);
      break;
    case 3:
      input.erase(at, 1 + pick(8, stream));
      break;
    case 4:
      input.insert(at, random_bytes(1 + pick(8, stream), stream));
      break;
    case 5:
      input.resize(at);
      break;
    case 6:
      input.insert(at, input.substr(at, length));
      break;
    default: {  // goes on as another one
      const std::string& other = all[pick(all.size(), stream)];
      input = input.substr(0, at) + other.substr(std::min(other.size(), pick(other.size() + 1, stream)));
    }
  }
  if (input.size() > kLargest) input.resize(kLargest);
}

std::string make_input(std::uint64_t number, std::uint64_t seed, const std::vector<std::string>& all) {
  Stream stream(derive_seed(seed, "fuzz", number));
  if (all.empty() || pick(16, stream) == 0) return random_bytes(pick(256, stream), stream);
  std::string input = all[pick(all.size(), stream)];
  for (std::size_t left = pick(6, stream); left > 0; --left) damage(input, all, stream);
  return input;
}

std::uint64_t number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) {
    std::fprintf(stderr, "expected a whole number; got '%.*s'\n", static_cast<int>(text.size()), text.data());
    std::exit(kExitUsage);
  }
  return number;
}

int drive(int argc, char** argv) {
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(report);
  std::signal(SIGABRT, [](int) { report(); });  // the target's own abort, or an exception that nothing caught
  std::uint64_t runs = 2000;
  std::uint64_t seed = 0;
  std::uint64_t first = 0;
  bool files = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    std::uint64_t* const option = name == "--runs"    ? &runs
                                  : name == "--seed"  ? &seed
                                  : name == "--first" ? &first
                                                      : nullptr;
    if (option != nullptr) {
      *option = number_of(++i < argc ? argv[i] : "");
    } else {
      files = true;
      run(read_all(argv[i]));
    }
  }
  if (files) return kExitDone;

  // processor time: the machine may be busy with something else
  const std::vector<std::string> all = all_seeds();
  const std::clock_t began = std::clock();
  std::clock_t slowest = 0;
  std::uint64_t slowest_input = 0;
  for (current = 0; current < all.size(); ++current) run(all[current]);
  current_kind = "input";
  for (current = first; current < first + runs; ++current) {
    const std::string input = make_input(current, seed, all);
    const std::clock_t start = std::clock();
    run(input);
    if (const std::clock_t took = std::clock() - start; took > slowest) {
      slowest = took;
      slowest_input = current;
    }
  }
  const auto seconds = [](std::clock_t time) { return static_cast<double>(time) / CLOCKS_PER_SEC; };
  std::printf("%llu inputs from %zu seeds in %.1f s, none a finding; the slowest, %llu, took %.3f s\n",
              static_cast<unsigned long long>(runs), all.size(), seconds(std::clock() - began),
              static_cast<unsigned long long>(slowest_input), seconds(slowest));
  return kExitDone;
}

}  // namespace
}  // namespace tse::fuzz

int main(int argc, char** argv) { return tse::fuzz::drive(argc, argv); }
