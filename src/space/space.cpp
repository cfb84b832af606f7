#include "tse/space/space.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "dot.h"
#include "tse/space/darts.h"
#include "tse/space/graph.h"
#include "tse/space/nb201.h"
#include "tse/space/nds.h"
#include "tse/space/randwired.h"

namespace tse {

Arch Space::at(std::uint64_t /*index*/) const { throw UsageError(spec(), "this space has no enumeration"); }

std::uint64_t Space::index_of(const Arch& /*arch*/) const { throw UsageError(spec(), "this space has no enumeration"); }

std::string Space::setting_of(const Arch& /*arch*/) const {
  throw UsageError(spec(), "this space is not drawn by a generator with settings");
}

std::vector<Arch> Space::of_each_setting(int /*count*/) const {
  throw UsageError(spec(), "this space is not drawn by a generator with settings");
}

Picks Space::picks_of(const Arch& /*arch*/) const { throw UsageError(spec(), "this space states no choices"); }

Arch Space::arch_of(const Picks& /*picks*/) const { throw UsageError(spec(), "this space states no choices"); }

Graph Space::sub_network(std::span<const Arch> /*path*/, const Task& /*task*/, Norms /*norms*/) const {
  throw UsageError(spec(), "this space states no choices, so it has no super-network");
}

Graph Space::sub_network(const Arch& arch, const Task& task, Norms norms) const {
  return sub_network(std::span(&arch, 1), task, norms);
}

Graph Space::mixed(const Task& task, Norms norms) const { return mixed(task, Mixture{.norms = norms}); }

Graph Space::mixed(const Task& /*task*/, const Mixture& /*mixture*/) const {
  throw UsageError(spec(), "this space states no choices, so it has no mixed network");
}

const Choices& Space::mixture_choices() const {
  if (choices() == nullptr) throw UsageError(spec(), "this space states no choices, so it has no mixture");
  return *choices();
}

Arch Space::derived(const Shares& shares) const {
  Picks picks;
  for (const std::vector<double>& place : shares)
    picks.push_back(static_cast<int>(std::ranges::max_element(place) - place.begin()));
  return arch_of(picks);
}

namespace {

Entry<std::shared_ptr<const Space>> nds_line(NdsFamily family) {
  return line_with<std::shared_ptr<const Space>, NdsOptions>(
      "space", nds_name(family), nds_summary(family),
      [family](const NdsOptions& options) { return std::make_shared<const Nds>(family, options); });
}

/// Made at the first call, so a static initialiser elsewhere may call too.
Registry<std::shared_ptr<const Space>>& space_registry() {
  static Registry<std::shared_ptr<const Space>> registry(
      "space",
      {
          space_line<Nb201, Nb201Options>(
              "nb201", "NAS-Bench-201: six edges of five operations, 15,625 cells (arXiv 2001.00326)"),
          space_line<Darts, DartsOptions>(
              "darts", "DARTS: a normal and a reduction cell of four nodes, seven operations (arXiv 1806.09055)"),
          nds_line(NdsFamily::vanilla),
          nds_line(NdsFamily::resnet),
          nds_line(NdsFamily::resnext_a),
          nds_line(NdsFamily::resnext_b),
          space_line<RandWired, RandWiredOptions>(
              "randwired", "randomly wired networks: three random graphs, of three generators (arXiv 1904.01569)"),
      });
  return registry;
}

}  // namespace

const Registry<std::shared_ptr<const Space>>& spaces() { return space_registry(); }

void register_space(Entry<std::shared_ptr<const Space>> entry) { space_registry().add(std::move(entry)); }

std::shared_ptr<const Space> make_space(std::string_view text) { return spaces().make(text); }

namespace {

/// UsageError where it is known that there are not so many to draw.
void check_count(const Space& space, int count) {
  const auto size = space.size();
  const auto distinct = space.distinct();
  const auto most = distinct ? distinct : size;
  if (!most || count < 0 || static_cast<std::uint64_t>(count) <= *most) return;
  const std::string why = distinct ? fmt::format("so many{} are connected and of different form",
                                                 size ? fmt::format(" of its {}", *size) : "")
                                   : "it has no more";
  throw UsageError(space.spec(), "expected at most {} architectures, as {}; {} were asked for", *most, why, count);
}

}  // namespace

std::vector<Arch> sample_unique(const Space& space, int count, std::uint64_t seed) {
  check_count(space, count);
  Stream random(derive_seed(seed, "archs"));
  std::set<std::string> seen;
  std::vector<Arch> list;
  const long long most_draws = 100'000 + 1'000LL * count;  // enough to meet every class of a small space
  for (long long draws = 0; static_cast<int>(list.size()) < count; ++draws) {
    if (draws == most_draws) {
      throw UsageError(space.spec(),
                       "found only {} connected architectures of different form in {} draws; {} were asked for",
                       list.size(), draws, count);
    }
    Arch arch = space.sample(random);
    if (space.connected(arch) && seen.insert(space.canonical(arch)).second) list.push_back(std::move(arch));
  }
  return list;
}

std::string to_dot(const Drawing& drawing) {
  std::string text = "digraph cell {\n  rankdir=LR;\n  node [shape=circle, fontname=\"sans-serif\"];\n";
  for (std::size_t i = 0; i < drawing.nodes.size(); ++i) {
    text += fmt::format("  n{} [label=\"{}\"];\n", i, dot_escaped(drawing.nodes[i]));
  }
  for (const Drawing::Edge& edge : drawing.edges) {
    text += fmt::format("  n{} -> n{} [label=\"{}\"{}];\n", edge.from, edge.to, dot_escaped(edge.label),
                        edge.dead ? ", style=dotted, color=gray" : "");
  }
  return text + "}\n";
}

}  // namespace tse
