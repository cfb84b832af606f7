#include "verbs/facts.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <iostream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tse/base/error.h"
#include "tse/data/data.h"
#include "tse/estimate/estimator.h"
#include "tse/estimate/fitted.h"
#include "tse/paths/sampler.h"
#include "tse/search/searcher.h"
#include "tse/space/graph.h"
#include "tse/space/space.h"
#include "tse/trial/recipe.h"
#include "tse/trial/relaxation.h"
#include "tse/trial/zero_cost.h"

namespace tse::cli {
namespace {

constexpr std::uint64_t kMostLookedAt = 100000;  // of a space's architectures, to count their forms

Task task_of(const std::string& data) {
  if (data.empty()) return {};
  const DataFacts facts = make_data(data)->facts();
  return {.input = {.channels = facts.channels, .height = facts.height, .width = facts.width},
          .classes = facts.classes};
}

Json space_json(const Space& space) {
  Json facts = {{"space", space.spec()}};
  if (const auto size = space.size()) {
    facts["size"] = *size;
    if (*size > kMostLookedAt) return facts;
    std::set<std::string> forms;
    std::uint64_t connected = 0;
    for (std::uint64_t i = 0; i < *size; ++i) {
      const Arch arch = space.at(i);
      forms.insert(space.canonical(arch));
      if (space.connected(arch)) ++connected;
    }
    facts["unique"] = forms.size();
    facts["connected"] = connected;
  }
  return facts;
}

Json arch_json(const Space& space, const Arch& arch, const Task& task) {
  const Graph graph = space.lower(arch, task);
  Json facts = {{"space", space.spec()},
                {"arch", arch.text},
                {"params", parameters(graph)},
                {"macs", macs(graph)},
                {"canonical", space.canonical(arch)},
                {"connected", space.connected(arch)},
                {"input", {task.input.channels, task.input.height, task.input.width}},
                {"classes", task.classes}};
  if (const auto published = space.published_form(arch)) facts["published"] = *published;
  if (space.size()) facts["index"] = space.index_of(arch);
  return facts;
}

void print_settings(const Space& space, int count, bool json) {
  const std::vector<Arch> list = space.of_each_setting(count);
  Json archs = Json::array();
  for (const Arch& arch : list) {
    if (!json) std::cout << arch.text << '\n';
    archs.push_back({{"arch", arch.text}, {"setting", space.setting_of(arch)}});
  }
  if (json) print_json({{"space", space.spec()}, {"archs", archs}});
}

/// One fact a line, names aligned.
void print_facts(const Json& facts) {
  for (const auto& [name, value] : facts.items()) {
    std::cout << fmt::format("{:<10} {}\n", name, value.is_string() ? value.get<std::string>() : value.dump());
  }
}

/// One option a line, `name=default  what it is`. Those that an entry before had word for word are only named, those
/// with another default say that.
void print_options(const std::string& options, std::set<std::string>& known) {
  std::vector<std::string> again;
  std::istringstream lines(options);
  for (std::string line; std::getline(lines, line);) {
    const std::string name = line.substr(0, line.find('='));
    const std::size_t words = std::min(line.find("  "), line.size());
    const bool same_words = !known.insert(name + line.substr(words)).second;
    if (!known.insert(line).second) {
      again.push_back(name);
    } else {
      std::cout << "      " << (same_words ? line.substr(0, words) + "  as above" : line) << '\n';
    }
  }
  if (!again.empty()) std::cout << fmt::format("      {} as above\n", fmt::join(again, ", "));
}

template <class Product>
Json entries_json(const Registry<Product>& registry) {
  Json list = Json::array();
  for (const auto& entry : registry.entries()) {
    list.push_back({{"name", entry.name}, {"summary", entry.summary}, {"options", entry.options_help()}});
  }
  return list;
}

Json recipes_json() {
  Json list = Json::array();
  for (const RecipeEntry& entry : recipes()) {
    Recipe recipe = entry.recipe;
    list.push_back({{"name", entry.name}, {"summary", entry.summary}, {"options", describe(recipe.options())}});
  }
  return list;
}

Json methods_json() {
  Json list = Json::array();
  for (const RelaxationEntry& entry : relaxations()) {
    Relaxation relaxation = entry.relaxation;
    list.push_back(
        {{"name", entry.name}, {"summary", entry.summary}, {"options", describe(entry.options_of(relaxation))}});
  }
  return list;
}

}  // namespace

void InfoVerb::setup(CLI::App& app) {
  app.add_option("--space", space, "search space; default nb201");
  app.add_option("--arch", arch, "one architecture; without it the space as a whole");
  app.add_option("--data", data, "images that the network is for; default 3x32x32 and 10 classes");
  add_options(app, {{"as", &as, "what to print of an architecture",
                     one_of({"facts", "graph", "graph-json", "dot", "cell-dot"})},
                    {"per_setting", &per_setting,
                     "instead, print so many architectures of each setting of the space's generators, as --archs reads",
                     between(0, 1000000)}});
  add_json(app, json);
}

int InfoVerb::run(Context& /*context*/) {
  if (json && as != "facts" && as != "graph-json")
    throw UsageError("--json", "expected --as facts or graph-json beside it; {} is no JSON", as);
  const auto made = make_space(space);
  if (per_setting > 0) {
    if (!arch.empty() || as != "facts") throw UsageError("--per-setting", "expected neither --arch nor --as beside it");
    print_settings(*made, per_setting, json);
    return kExitDone;
  }
  if (arch.empty()) {
    if (as != "facts") throw UsageError("tse info", "--as {} needs --arch", as);
    if (!data.empty()) throw UsageError("--data", "expected --arch beside it; got the images {}", data);
    const Json facts = space_json(*made);
    json ? print_json(facts) : print_facts(facts);
    return kExitDone;
  }
  const Arch parsed = made->parse(arch);
  const Task task = task_of(data);
  if (as == "facts") {
    const Json facts = arch_json(*made, parsed, task);
    json ? print_json(facts) : print_facts(facts);
  } else if (as == "cell-dot") {
    std::cout << to_dot(made->draw(parsed));
  } else if (as == "dot") {
    std::cout << to_dot(made->lower(parsed, task));
  } else if (as == "graph-json") {
    print_json(to_json(made->lower(parsed, task)));
  } else {
    std::cout << to_text(made->lower(parsed, task));
  }
  return kExitDone;
}

void ListVerb::setup(CLI::App& app) { add_json(app, json); }

int ListVerb::run(Context& /*context*/) {
  const Json all = {{"spaces", entries_json(spaces())},
                    {"data", entries_json(data_sets())},
                    {"estimators", entries_json(estimators())},
                    {"fitted_estimators", entries_json(fitted_estimators())},
                    {"zero-cost", entries_json(zero_cost_scores())},
                    {"search", entries_json(algorithms())},
                    {"path_samplers", entries_json(path_rules())},
                    {"methods", methods_json()},
                    {"recipes", recipes_json()}};
  if (json) {
    print_json(all);
    return kExitDone;
  }
  for (const auto& [kind, entries] : all.items()) {
    std::cout << kind << '\n';
    std::set<std::string> known;
    for (const Json& entry : entries) {
      std::cout << fmt::format("  {:<22} {}\n", entry["name"].get<std::string>(), entry["summary"].get<std::string>());
      print_options(entry["options"], known);
    }
  }
  return kExitDone;
}

}  // namespace tse::cli
