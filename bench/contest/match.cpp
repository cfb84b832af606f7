#include "match.h"

#include "match_list.h"
#include "tse/base/error.h"

namespace tse::bench {

std::vector<Match> matches(int batch) {
  std::vector<Match> all;
  for (const auto& add :
       {add_node_matches, add_pool_matches, add_convolution_matches, add_linear_matches, add_update_matches}) {
    add(batch, all);
  }
  return all;
}

std::vector<std::string> side_names(const Match& match) {
  std::vector<std::string> names = {"fp32"};
  if (match.in_bf16) names.emplace_back("bf16");
  if (match.plain) names.emplace_back("plain");
  if (match.plain && match.in_layouts) names.emplace_back("channels-last");
  return names;
}

std::unique_ptr<Side> make_side(const Match& match, const std::string& name) {
  if (name == "fp32") return match.fused(cpu::Storage::fp32);
  if (name == "bf16") return match.fused(cpu::Storage::bf16);
  if (name == "plain") return match.plain({});
  if (name == "channels-last") return match.plain({.layout = torch::MemoryFormat::ChannelsLast});
  throw UsageError("contest", "expected fp32, bf16, plain or channels-last; got '{}'", name);
}

}  // namespace tse::bench
