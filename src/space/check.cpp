#include "tse/space/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>
#include <map>
#include <set>

#include "tse/base/error.h"
#include "tse/base/option.h"
#include "tse/base/text.h"
#include "tse/space/graph.h"

namespace tse {
namespace {

constexpr int kCheckSamples = 100;
constexpr std::uint64_t kMostCounted = 1'000'000;

/// A counterexample.
struct Broken {
  std::string what;
};

/// The property asks for what the space does not claim.
struct NotAsked {
  std::string why;
};

template <class... Args>
void expect(bool holds, fmt::format_string<Args...> counterexample, Args&&... args) {
  if (!holds) throw Broken{fmt::format(counterexample, std::forward<Args>(args)...)};
}

template <class Action>
void expect_refusal(const std::string& what, Action&& action) {
  try {
    std::forward<Action>(action)();
  } catch (const UsageError&) {
    return;
  }
  throw Broken{what + " is taken; it should be a UsageError"};
}

const Choices& stated_choices(const Space& space) {
  if (space.choices() == nullptr) throw NotAsked{"this space states no choices"};
  return *space.choices();
}

void expect_super_network(const Space& space) {
  if (!space.has_super_network()) throw NotAsked{"this space has no super-network"};
}

void its_spec_names_it(const Space& space, Stream& /*random*/) {
  expect(make_space(space.spec())->spec() == space.spec(), "'{}' makes the space '{}'", space.spec(),
         make_space(space.spec())->spec());
}

void parses_what_it_prints(const Space& space, Stream& random) {
  for (int i = 0; i < kCheckSamples; ++i) {
    const Arch arch = space.sample(random);
    expect(space.parse(arch.text) == arch, "'{}' is read as '{}'", arch.text, space.parse(arch.text).text);
  }
}

void parses_what_its_authors_write(const Space& space, Stream& random) {
  for (int i = 0; i < kCheckSamples; ++i) {
    const Arch arch = space.sample(random);
    const auto text = space.published_form(arch);
    if (!text) throw NotAsked{"its authors write architectures as it does"};
    expect(space.parse(*text) == arch, "'{}' is read as '{}'", *text, space.parse(*text).text);
  }
}

void refuses_broken_texts(const Space& space, Stream& random) {
  for (int i = 0; i < kCheckSamples; ++i) {
    std::string text = space.sample(random).text;
    expect(!text.empty(), "an architecture is the empty text");
    text.resize(random.below(text.size()));
    expect_refusal(fmt::format("'{}', the beginning of a text,", text), [&] { (void)space.parse(text); });
  }
  expect_refusal("'no architecture'", [&] { (void)space.parse("no architecture"); });
}

void samples_depend_on_the_stream_alone(const Space& space, Stream& /*random*/) {
  Stream one(5);
  Stream same(5);
  std::set<Arch> seen;
  for (int i = 0; i < kCheckSamples; ++i) {
    const Arch arch = space.sample(one);
    const Arch again = space.sample(same);
    expect(again == arch, "draw {} of equal streams gives '{}' and '{}'", i, arch.text, again.text);
    seen.insert(arch);
  }
  expect(seen.size() > static_cast<std::size_t>(kCheckSamples) / 2, "{} draws give {} architectures, '{}' among them",
         kCheckSamples, seen.size(), seen.begin()->text);
}

void neighbours_are_different_valid_and_mutual(const Space& space, Stream& random) {
  for (int i = 0; i < 10; ++i) {
    const Arch arch = space.sample(random);
    const std::vector<Arch> list = space.neighbours(arch);
    expect(std::set<Arch>(list.begin(), list.end()).size() == list.size(), "'{}' has a neighbour twice", arch.text);
    for (const Arch& neighbour : list) {
      expect(neighbour != arch, "'{}' is its own neighbour", arch.text);
      expect(space.parse(neighbour.text) == neighbour, "the neighbour '{}' is read as '{}'", neighbour.text,
             space.parse(neighbour.text).text);
      const std::vector<Arch> back = space.neighbours(neighbour);
      expect(std::ranges::find(back, arch) != back.end(), "'{}' has the neighbour '{}', which has not it", arch.text,
             neighbour.text);
    }
  }
}

std::string shape_text(const Shape& shape) {
  return fmt::format("({},{},{})", shape.channels, shape.height, shape.width);
}

void lowers_to_a_classifier_of_the_task(const Space& space, Stream& random) {
  for (const Task& task : {Task{}, Task{.input = {.channels = 1, .height = 28, .width = 28}, .classes = 7}}) {
    const Shape logits{.channels = task.classes, .height = 1, .width = 1};
    for (int i = 0; i < 20; ++i) {
      const Arch arch = space.sample(random);
      const Graph graph = space.lower(arch, task);
      expect(graph.nodes().front().shape == task.input, "'{}' takes images of {}; the task has {}", arch.text,
             shape_text(graph.nodes().front().shape), shape_text(task.input));
      expect(graph.output().shape == logits, "'{}' gives {}; the task asks for {}", arch.text,
             shape_text(graph.output().shape), shape_text(logits));
      expect(parameters(graph) > 0, "'{}' has no parameters", arch.text);
      expect(macs(graph) > 0, "'{}' multiplies nothing", arch.text);
    }
  }
}

void enumerates_each_once(const Space& space, Stream& random) {
  if (!space.size()) throw NotAsked{"this space has no enumeration"};
  for (int i = 0; i < kCheckSamples; ++i) {
    const std::uint64_t index = random.below(*space.size());
    const std::uint64_t back = space.index_of(space.at(index));
    expect(back == index, "number {}, '{}', has the index {}", index, space.at(index).text, back);
  }
  expect_refusal(fmt::format("number {}, past the last,", *space.size()), [&] { (void)space.at(*space.size()); });
}

void its_distinct_ones_are_counted(const Space& space, Stream& /*random*/) {
  if (!space.distinct()) throw NotAsked{"their number is not known"};
  expect(space.size().has_value(), "{} are distinct of a number that is not known", *space.distinct());
  if (*space.size() > kMostCounted) throw NotAsked{"there are too many to count"};
  std::set<std::string> forms;
  for (std::uint64_t i = 0; i < *space.size(); ++i) {
    const Arch arch = space.at(i);
    if (space.connected(arch)) forms.insert(space.canonical(arch));
  }
  expect(forms.size() == *space.distinct(), "{} connected ones are of different form; the space says {}", forms.size(),
         *space.distinct());
}

void its_picks_are_its_architectures(const Space& space, Stream& random) {
  const Choices& choices = stated_choices(space);
  expect(space.size() == choices.size(), "there are not as many architectures as picks");
  for (int i = 0; i < kCheckSamples; ++i) {
    const Picks picks = choices.sample(random);
    const Arch arch = space.arch_of(picks);
    expect(space.parse(arch.text) == arch, "'{}' is read as '{}'", arch.text, space.parse(arch.text).text);
    expect(space.picks_of(arch) == picks, "'{}' was made of other picks than it has", arch.text);
    if (choices.size())
      expect(space.index_of(arch) == choices.index_of(picks), "'{}' has another index than its picks", arch.text);
  }
  Picks wrong = choices.sample(random);
  const Place& last = choices.places().back();
  wrong.back() = static_cast<int>(last.options.size());
  try {
    (void)space.arch_of(wrong);
    throw Broken{"an option past the last is taken at the place " + last.name};
  } catch (const UsageError& error) {
    expect(std::string(error.what()).find(last.name) != std::string::npos,
           "the refusal of an option past the last does not name its place, {}: {}", last.name, error.what());
  }
}

/// At how many places the picks differ.
std::size_t differences(const Picks& a, const Picks& b) {
  std::size_t count = std::max(a.size(), b.size()) - std::min(a.size(), b.size());
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) count += a[i] == b[i] ? 0 : 1;
  return count;
}

void neighbours_differ_in_one_pick(const Space& space, Stream& random) {
  std::size_t others = 0;
  for (const Place& place : stated_choices(space).places()) others += place.options.size() - 1;
  for (int i = 0; i < 10; ++i) {
    const Arch arch = space.sample(random);
    const std::vector<Arch> list = space.neighbours(arch);
    expect(list.size() == others, "'{}' has {} neighbours; {} differ in one pick", arch.text, list.size(), others);
    for (const Arch& neighbour : list) {
      const std::size_t count = differences(space.picks_of(arch), space.picks_of(neighbour));
      expect(count == 1, "'{}' and its neighbour '{}' differ in {} picks", arch.text, neighbour.text, count);
    }
  }
}

/// The graph with numbers for names.
Graph numbered(const Graph& graph) {
  Graph result;
  for (const Node& node : graph.nodes()) {
    if (node.inputs.empty()) {
      result.add_input(node.shape);
    } else {
      result.add(std::to_string(result.nodes().size()), node.op, node.inputs);
    }
  }
  return result;
}

void sub_networks_are_its_networks(const Space& space, Stream& random) {
  expect_super_network(space);
  for (int i = 0; i < 20; ++i) {
    const Arch arch = space.sample(random);
    expect(to_text(numbered(space.sub_network(arch, {}))) == to_text(numbered(space.lower(arch, {}))),
           "the sub-network of '{}' is another network", arch.text);
  }
}

void says_that_it_has_no_super_network(const Space& space, Stream& random) {
  if (space.has_super_network()) throw NotAsked{"this space has one"};
  const Arch arch = space.sample(random);
  expect_refusal(fmt::format("a sub-network of '{}'", arch.text), [&] { (void)space.sub_network(arch, {}); });
  expect_refusal("a mixed network", [&] { (void)space.mixed({}); });
}

/// What learns, by name: its op and what shape it sees and gives, which is all that its parameters depend on.
std::map<std::string, std::string> learners(const Graph& graph) {
  std::map<std::string, std::string> list;
  for (const Node& node : graph.nodes()) {
    Graph alone;
    if (node.inputs.empty()) continue;
    const NodeId input = alone.add_input(graph.node(node.inputs[0]).shape);
    alone.add(node.name, node.op, std::vector<NodeId>(node.inputs.size(), input));
    if (parameters(alone) > 0) list[node.name] = to_text(alone);
  }
  return list;
}

/// Some random ones, and few that together have every option of every place.
std::vector<Arch> covering(const Space& space, Stream& random) {
  const std::vector<Place>& places = space.choices()->places();
  std::vector<Arch> list;
  const int samples = places.size() > 6 ? 300 : 20;
  for (int i = 0; i < samples; ++i) list.push_back(space.sample(random));
  std::size_t most = 0;
  for (const Place& place : places) most = std::max(most, place.options.size());
  for (std::size_t option = 0; option < most; ++option) {
    Picks picks;
    for (const Place& place : places) picks.push_back(static_cast<int>(std::min(option, place.options.size() - 1)));
    list.push_back(space.arch_of(picks));
  }
  return list;
}

void the_mixed_network_has_what_sub_networks_learn(const Space& space, Stream& random) {
  expect_super_network(space);
  const Task task{.input = {.channels = 3, .height = 32, .width = 32}, .classes = 7};
  const Graph mixed = space.mixed(task);
  expect(mixed.output().shape == Shape{.channels = 7, .height = 1, .width = 1},
         "the mixed network gives {}; the task asks for (7,1,1)", shape_text(mixed.output().shape));
  const std::map<std::string, std::string> all = learners(mixed);
  std::map<std::string, std::string> of_parts;
  for (const Arch& arch : covering(space, random)) {
    for (const auto& [name, learner] : learners(space.sub_network(arch, task))) {
      const auto found = all.find(name);
      expect(found != all.end(), "{} of the sub-network '{}' is not in the mixed network", name, arch.text);
      expect(found->second == learner, "{} of the sub-network '{}' is another in the mixed network", name, arch.text);
      of_parts[name] = learner;
    }
  }
  for (const auto& [name, learner] : all)
    expect(of_parts.contains(name), "{} of the mixed network is in no sub-network", name);
}

void derives_an_architecture_from_shares(const Space& space, Stream& random) {
  expect_super_network(space);
  for (int i = 0; i < kCheckSamples; ++i) {
    Shares shares;
    for (const Place& place : space.mixture_choices().places()) {
      std::vector<double>& of_place = shares.emplace_back();
      for (std::size_t option = 0; option < place.options.size(); ++option) of_place.push_back(random.unit());
    }
    const Arch found = space.derived(shares);
    expect(space.parse(found.text) == found, "'{}' is read as '{}'", found.text, space.parse(found.text).text);
    for (std::vector<double>& of_place : shares)
      for (double& share : of_place) share *= 2;  // only their order counts
    expect(space.derived(shares) == found, "shares give '{}', and twice these '{}'", found.text,
           space.derived(shares).text);
  }
}

void sampled_sets_are_connected_and_of_different_form(const Space& space, Stream& /*random*/) {
  constexpr int kCount = 50;
  const std::vector<Arch> list = sample_unique(space, kCount, 3);
  std::set<std::string> forms;
  for (const Arch& arch : list) {
    expect(space.connected(arch), "'{}' is drawn and not connected", arch.text);
    expect(forms.insert(space.canonical(arch)).second, "'{}' has the form of another", arch.text);
  }
  expect(sample_unique(space, kCount, 3) == list, "the same seed draws others, not '{}' first", list.front().text);
  expect(sample_unique(space, kCount, 4) != list, "another seed draws the same, '{}' first", list.front().text);
}

void drawings_are_directed_acyclic_graphs(const Space& space, Stream& random) {
  for (int i = 0; i < kCheckSamples; ++i) {
    const Arch arch = space.sample(random);
    const Drawing drawing = space.draw(arch);
    for (const Drawing::Edge& edge : drawing.edges) {
      expect(edge.from >= 0 && edge.from < edge.to && static_cast<std::size_t>(edge.to) < drawing.nodes.size(),
             "the drawing of '{}' has an edge from {} to {} of {} nodes", arch.text, edge.from, edge.to,
             drawing.nodes.size());
    }
  }
}

struct Property {
  const char* name;
  void (*check)(const Space&, Stream&);
};

constexpr std::array kProperties = {
    Property{"its spec names it", its_spec_names_it},
    Property{"parses what it prints", parses_what_it_prints},
    Property{"parses what its authors write", parses_what_its_authors_write},
    Property{"refuses broken texts", refuses_broken_texts},
    Property{"samples depend on the stream alone", samples_depend_on_the_stream_alone},
    Property{"neighbours are different, valid and mutual", neighbours_are_different_valid_and_mutual},
    Property{"lowers to a classifier of the task", lowers_to_a_classifier_of_the_task},
    Property{"enumerates each once", enumerates_each_once},
    Property{"its distinct ones are counted", its_distinct_ones_are_counted},
    Property{"its picks are its architectures", its_picks_are_its_architectures},
    Property{"neighbours differ in one pick", neighbours_differ_in_one_pick},
    Property{"sub-networks are its networks under other names", sub_networks_are_its_networks},
    Property{"says that it has no super-network", says_that_it_has_no_super_network},
    Property{"the mixed network has what its sub-networks learn and no more",
             the_mixed_network_has_what_sub_networks_learn},
    Property{"derives an architecture from shares", derives_an_architecture_from_shares},
    Property{"sampled sets are connected and of different form", sampled_sets_are_connected_and_of_different_form},
    Property{"drawings are directed acyclic graphs", drawings_are_directed_acyclic_graphs},
};

}  // namespace

std::vector<std::string> space_properties() {
  std::vector<std::string> names;
  for (const Property& property : kProperties) names.emplace_back(property.name);
  return names;
}

PropertyCheck check_property(const Space& space, std::string_view property) {
  const auto* const found = std::ranges::find(kProperties, property, &Property::name);
  if (found == kProperties.end())
    throw UsageError("check", "{}", unknown_name("property", property, space_properties()));
  PropertyCheck result{.property = found->name, .verdict = PropertyVerdict::broken, .note = ""};
  Stream random(20);
  try {
    found->check(space, random);
    result.verdict = PropertyVerdict::holds;
  } catch (const NotAsked& reason) {
    result.verdict = PropertyVerdict::not_asked;
    result.note = reason.why;
  } catch (const Broken& counterexample) {
    result.note = printable(counterexample.what);
  } catch (const std::exception& error) {
    result.note = fmt::format("throws: {}", printable(error.what()));
  }
  return result;
}

std::vector<PropertyCheck> check_space(const Space& space) {
  std::vector<PropertyCheck> checks;
  for (const Property& property : kProperties) checks.push_back(check_property(space, property.name));
  return checks;
}

bool all_hold(const std::vector<PropertyCheck>& checks) {
  return std::ranges::none_of(checks,
                              [](const PropertyCheck& check) { return check.verdict == PropertyVerdict::broken; });
}

std::string to_text(const std::vector<PropertyCheck>& checks) {
  std::string text;
  for (const PropertyCheck& check : checks) {
    const char* const mark = check.verdict == PropertyVerdict::holds    ? "pass"
                             : check.verdict == PropertyVerdict::broken ? "FAIL"
                                                                        : "-";
    text += fmt::format("{:<4}  {}{}{}\n", mark, check.property, check.note.empty() ? "" : ": ", check.note);
  }
  return text;
}

Json to_json(const std::vector<PropertyCheck>& checks) {
  Json list = Json::array();
  for (const PropertyCheck& check : checks) {
    Json line = {
        {"property", check.property},
        {"holds",
         check.verdict == PropertyVerdict::not_asked ? Json(nullptr) : Json(check.verdict == PropertyVerdict::holds)}};
    if (!check.note.empty()) line["note"] = check.note;
    list.push_back(std::move(line));
  }
  return list;
}

}  // namespace tse
