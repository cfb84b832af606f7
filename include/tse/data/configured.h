#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tse/data/data.h"
#include "tse/data/selection.h"

namespace tse {

/// What a reader hands over: both sets, whole.
struct Sets {
  ImageSet train;
  ImageSet test;
  int valid = 0;  // the last so many of `train` are the publisher's validation set
};

/// Makes a Data of a plain struct `Source` that says only what is its own:
///
///     struct Source {
///       static constexpr const char* kName;                         // what people type
///       static constexpr const char* kSummary;                      // one sentence with its source
///       static std::optional<Normalisation> published();            // or nullopt: measured
///       Options options();                                          // its own; those of Selection are added
///       void check() const;                                         // UsageError where options do not fit together
///       DataFacts facts() const;                                    // without reading pixels
///       std::vector<std::filesystem::path> files() const;           // as Data::files
///       Sets read(std::uint64_t seed) const;                        // `seed` is Selection's, for what it draws
///     };
template <class Source>
class Configured final : public Data {
 public:
  explicit Configured(const Spec& spec) {
    assign(options(), spec, Source::kName);
    source_.check();
  }
  Configured() = default;  // the defaults, which need not be complete

  std::string spec() const override {
    Configured mine = *this;
    Configured defaults;
    return to_text(shortest_spec(Source::kName, mine.options(), defaults.options()));
  }
  DataFacts facts() const override { return source_.facts(); }
  std::vector<std::filesystem::path> files() const override { return source_.files(); }
  DataSet load(double valid_fraction) const override {
    Sets sets = source_.read(selection_.seed);
    return assemble(spec(), std::move(sets.train), std::move(sets.test), selection_, valid_fraction, sets.valid);
  }

  Options options() {
    Options all = source_.options();
    for (Option& option : selection_.options()) all.push_back(std::move(option));
    return all;
  }

 private:
  Source source_;
  Selection selection_{Source::published()};
};

/// The registry line of a Source.
template <class Source>
Entry<std::shared_ptr<const Data>> data_entry() {
  return {.name = Source::kName,
          .summary = Source::kSummary,
          .make = [](const Spec& spec) { return std::make_shared<const Configured<Source>>(spec); },
          .options_help = [] { return describe(Configured<Source>().options()); }};
}

}  // namespace tse
