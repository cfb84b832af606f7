// A file of NDS: its JSON, then the trainings in it.
#include <cstdlib>

#include "fuzz.h"
#include "tse/base/file.h"
#include "tse/table/nds.h"

namespace tse::fuzz {

std::vector<std::string> seeds() {
  std::vector<std::string> list;
  for (const char* name : {"Vanilla", "ResNet", "ResNeXt-A", "ResNeXt-B"}) {
    const Bytes bytes = read_file(std::string(TSE_SOURCE "/tests/table/nds_tiny/") + name + ".json", 1U << 16U);
    list.emplace_back(as_text(bytes));
  }
  return list;
}

}  // namespace tse::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tse;
  return fuzz::may_refuse([&] {
    const CurveTable table = parse_nds({reinterpret_cast<const char*>(data), size}, "file");
    const std::size_t numbers = table.rows() * static_cast<std::size_t>(table.epochs);
    for (const auto& [metric, values] : table.curves) {
      if (values.size() != numbers) std::abort();
    }
    for (const auto& [name, values] : table.columns) {
      if (values.size() != table.rows()) std::abort();
    }
    if (!table.columns.contains(table.outcome)) std::abort();
  });
}
