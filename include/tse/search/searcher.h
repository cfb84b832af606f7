#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tse/base/registry.h"
#include "tse/search/domain.h"
#include "tse/space/arch.h"

namespace tse {

/// What came of an architecture that was asked for.
struct Observation {
  Arch arch;
  std::vector<double> scores;  // one per objective, higher is better; -infinity where it diverged or failed

  bool operator==(const Observation&) const = default;
};

/// Proposes architectures and learns from what comes of them. What it asks is a pure function of its settings, its seed
/// and the calls so far, so that a search that was stopped asks the same again. Results come in the order of asking,
/// but may come late: several may be asked for before the first is told. Every one in the registry is held to the
/// contract in tests/search/searcher_contract_test.cpp.
class Searcher {
 public:
  virtual ~Searcher() = default;

  /// The next architecture to evaluate, allowed by the domain. Nothing where there is none left to propose.
  virtual std::optional<Arch> ask() = 0;

  /// The next result, in the order of asking. NaN scores count as the worst.
  virtual void tell(const Observation& observation) = 0;
};

/// A way to search with its settings: begins searches.
class Algorithm {
 public:
  virtual ~Algorithm() = default;

  /// The shortest string that names it: "evolution:population=50".
  virtual std::string spec() const = 0;

  /// A search with `objectives` scores per observation, all of which it must know how to use (UsageError).
  virtual std::unique_ptr<Searcher> begin(const Domain& domain, std::uint64_t seed, int objectives = 1) const = 0;

  /// Whether its proposals depend on what it is told.
  virtual bool learns() const { return true; }
};

const Registry<std::shared_ptr<const Algorithm>>& algorithms();

/// The algorithm that a string names.
std::shared_ptr<const Algorithm> make_algorithm(std::string_view text);

}  // namespace tse
