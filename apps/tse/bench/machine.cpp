#include "bench/machine.h"

#include <fmt/format.h>

#include "bench/conversation.h"
#include "tse/exec/programs.h"
#include "tse/report/units.h"
#include "tse/workflow/manifest.h"

namespace tse::cli {

Json machine_json(const std::string& device) {
  Json facts = manifest();
  Conversation versions(find_program("tse-bench"), {{"contest", "versions"}, {"device", device}});
  facts["engine"] = versions.receive();
  return facts;
}

std::string machine_text(const Json& machine) {
  return fmt::format("{} cores of {} ({}), {}, libtorch {}, oneDNN {}", machine.at("cores").get<int>(),
                     machine.at("cpu").get<std::string>(), machine.at("instruction_set").get<std::string>(),
                     machine.at("system").get<std::string>(), machine.at("engine").at("libtorch").get<std::string>(),
                     machine.at("engine").at("onednn").get<std::string>());
}

Json quotient(const Json& above, const Json& below) {
  if (above.is_null() || below.is_null()) return nullptr;
  return above.get<double>() / below.get<double>();
}

std::string text_of(const Json& value) { return value.is_null() ? "-" : number_text(value.get<double>()); }
std::string times(const Json& value) { return value.is_null() ? "-" : fixed_text(value.get<double>(), 2) + "x"; }
std::string percent(const Json& value) {
  return value.is_null() ? "-" : fmt::format("{:.0f} %", 100 * value.get<double>());
}

}  // namespace tse::cli
