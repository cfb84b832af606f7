#include <cstdlib>
#include <string>

#include "fuzz.h"
#include "tse/base/csv.h"
#include "tse/base/file.h"

namespace tse::fuzz {

std::vector<std::string> seeds() {
  return {"arch,e1,e2\na,1.5,nan\nb,,2e308\r\n", "\xef\xbb\xbf\"a \"\"quoted\"\" name\",b\n\"x,y\",\"2\n3\"\n",
          "a\n1\n\n-inf\n"};
}

}  // namespace tse::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tse;
  fuzz::may_refuse([&] {
    constexpr std::size_t kMostCells = 16;
    const Csv few = Csv::parse(as_text(std::span(data, size)), "file", kMostCells);
    if ((few.rows() + 1) * few.header().size() > kMostCells) std::abort();
  });
  return fuzz::may_refuse([&] {
    const Csv table = Csv::parse(as_text(std::span(data, size)), "file");
    for (std::size_t row = 0; row < table.rows(); ++row) {
      for (std::size_t column = 0; column < table.header().size(); ++column) {
        fuzz::may_refuse([&] { table.number(row, column); });
        static_cast<void>(table.where(row, column));
      }
    }
  });
}
