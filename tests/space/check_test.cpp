// `check_space` finds what is wrong: spaces that each break one property.
#include "tse/space/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "support/expect_error.h"
#include "tse/base/error.h"
#include "tse/space/graph.h"

namespace tse {
namespace {

using testing::HasSubstr;

/// Widths from 1 to `widths` of one convolution, written "width 7". `broken` is the property that it breaks.
struct WidthsOptions {
  int widths = 200;
  std::string broken = "none";

  Options options() {
    return {{"widths", &widths, "how many widths there are", between(1, 1000)}, {"broken", &broken, "property", {}}};
  }
};

class Widths : public Space {
 public:
  explicit Widths(WidthsOptions options) : options_(std::move(options)) {}

  std::string spec() const override {
    if (breaks("its spec names it")) return "widths:widths=200";
    return shortest_text("widths", options_);
  }
  Arch parse(std::string_view text) const override {
    const bool known = text.starts_with("width ") && text.ends_with('.');
    const int width = known ? std::atoi(std::string(text.substr(6)).c_str()) : 0;
    if (breaks("refuses broken texts") && width == 0) return arch(1);
    if (width < 1 || width > options_.widths) throw UsageError("width", "expected 'width N.'; got '{}'", text);
    return arch(breaks("parses what it prints") ? 1 : width);
  }
  Arch sample(Stream& random) const override {
    static std::uint64_t calls = 0;
    if (breaks("samples depend on the stream alone")) return arch(static_cast<int>(++calls % 100) + 1);
    return arch(static_cast<int>(random.below(static_cast<std::uint64_t>(options_.widths))) + 1);
  }
  std::vector<Arch> neighbours(const Arch& arch) const override {
    const int width = width_of(arch);
    std::vector<Arch> list;
    if (width > 1 && !breaks("neighbours are different, valid and mutual")) list.push_back(this->arch(width - 1));
    if (width < options_.widths) list.push_back(this->arch(width + 1));
    return list;
  }
  std::string canonical(const Arch& arch) const override {
    return breaks("sampled sets are connected and of different form") ? "one form" : arch.text;
  }
  bool connected(const Arch& /*arch*/) const override { return true; }
  Graph lower(const Arch& arch, const Task& task) const override {
    Graph graph;
    NodeId now = graph.add_input(task.input);
    now = graph.add("conv", op::Conv2d{.out = width_of(arch), .kernel = 1}, {now});
    now = graph.add("pool", op::GlobalAvgPool{}, {now});
    graph.add("linear", op::Linear{.out = breaks("lowers to a classifier of the task") ? 10 : task.classes}, {now});
    return graph;
  }
  Drawing draw(const Arch& /*arch*/) const override {
    const bool back = breaks("drawings are directed acyclic graphs");
    return {.nodes = {"images", "classes"}, .edges = {{.from = back ? 1 : 0, .to = back ? 0 : 1, .label = ""}}};
  }
  std::optional<std::uint64_t> size() const override { return options_.widths; }
  Arch at(std::uint64_t index) const override {
    if (index >= *size()) throw UsageError("width", "expected an index below {}; got {}", *size(), index);
    return arch(static_cast<int>(index) + 1);
  }
  std::uint64_t index_of(const Arch& arch) const override {
    return static_cast<std::uint64_t>(width_of(arch)) - (breaks("enumerates each once") ? 0 : 1);
  }
  std::optional<std::uint64_t> distinct() const override {
    return *size() + (breaks("its distinct ones are counted") ? 1 : 0);
  }

 private:
  bool breaks(std::string_view property) const { return options_.broken == property; }
  static Arch arch(int width) { return {.text = "width " + std::to_string(width) + "."}; }
  int width_of(const Arch& arch) const { return std::atoi(arch.text.substr(6).c_str()); }

  WidthsOptions options_;
};

// before main, as a program that links a space of its own may
const bool kRegistered = [] {
  register_space<Widths, WidthsOptions>("widths", "of a test");
  return true;
}();

std::shared_ptr<const Space> widths(const std::string& broken) {
  return make_space(to_text(Spec{.name = "widths", .options = {{"broken", broken}}}));
}

TEST(SpaceCheck, PassesASpaceOfOnesOwn) {
  ASSERT_TRUE(kRegistered);
  const std::vector<PropertyCheck> checks = check_space(*make_space("widths"));
  EXPECT_TRUE(all_hold(checks)) << to_text(checks);
  EXPECT_EQ(checks.size(), space_properties().size());
  EXPECT_EQ(checks[9], (PropertyCheck{.property = "its picks are its architectures",
                                      .verdict = PropertyVerdict::not_asked,
                                      .note = "this space states no choices"}));
  EXPECT_THAT(to_text(checks), HasSubstr("pass  parses what it prints\n"));
  EXPECT_THAT(to_text(checks), HasSubstr("-     its picks are its architectures: this space states no choices\n"));
}

TEST(SpaceCheck, FindsWhatIsBrokenAndOnlyThat) {
  const std::pair<const char*, const char*> cases[] = {
      {"its spec names it", "'widths:widths=200' makes the space 'widths'"},
      {"refuses broken texts", "the beginning of a text, is taken"},
      {"samples depend on the stream alone", "draw 0 of equal streams gives 'width "},
      {"neighbours are different, valid and mutual", "which has not it"},
      {"lowers to a classifier of the task", "gives (10,1,1); the task asks for (7,1,1)"},
      {"enumerates each once", "has the index"},
      {"its distinct ones are counted", "200 connected ones are of different form; the space says 201"},
      {"sampled sets are connected and of different form", "throws: "},
      {"drawings are directed acyclic graphs", "an edge from 1 to 0 of 2 nodes"},
  };
  for (const auto& [broken, words] : cases) {
    const auto space = widths(broken);
    for (const PropertyCheck& check : check_space(*space)) {
      // the set drawn at random needs samples that depend on nothing else, and a count of forms needs forms
      const bool follows = (std::string_view(broken) == "samples depend on the stream alone" ||
                            std::string_view(broken) == "sampled sets are connected and of different form") &&
                           check.property != broken;
      if (follows) continue;
      EXPECT_EQ(check.verdict == PropertyVerdict::broken, check.property == broken) << broken << ": " << check.note;
      if (check.property == broken) {
        EXPECT_THAT(check.note, HasSubstr(words));
      }
    }
  }
}

TEST(SpaceCheck, WhatIsReadAsAnotherIsNamed) {
  const PropertyCheck check = check_property(*widths("parses what it prints"), "parses what it prints");
  EXPECT_EQ(check.verdict, PropertyVerdict::broken);
  EXPECT_THAT(check.note, HasSubstr("is read as 'width 1.'"));
  EXPECT_THAT(to_text({check}), HasSubstr("FAIL  parses what it prints: 'width "));
  EXPECT_EQ(to_json({check})[0].at("holds"), false);
  EXPECT_THROW(check_property(*make_space("nb201"), "is nice"), UsageError);
}

TEST(SpaceRegistry, TakesEachNameOnce) {
  const auto again = [](const std::string& name) {
    return message_of<UsageError>([&] { register_space<Widths, WidthsOptions>(name, "of a test"); });
  };
  EXPECT_THAT(again("widths"), HasSubstr("there is a space 'widths' already"));
  EXPECT_THAT(again("nb201"), HasSubstr("already"));
  EXPECT_THAT(again("a:b"), HasSubstr("expected a name without ':'"));
  EXPECT_THAT(again(""), HasSubstr("got ''"));
}

/// Registering while others look names up: what the thread sanitizer is to see.
TEST(SpaceRegistry, TakesNewOnesWhileOthersAreMade) {
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([thread] {
      for (int i = 0; i < 20; ++i) {
        const std::string name = "widths-" + std::to_string(thread) + "-" + std::to_string(i);
        register_space<Widths, WidthsOptions>(name, "of a test");
        EXPECT_TRUE(spaces().knows(name));
        EXPECT_EQ(make_space("widths")->spec(), "widths");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GE(spaces().entries().size(), 80U);
}

}  // namespace
}  // namespace tse
