#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tse/base/json.h"
#include "tse/base/missing.h"
#include "tse/report/ranking.h"
#include "tse/space/choices.h"
#include "tse/space/space.h"
#include "tse/trial/trace.h"

namespace tse {

/// One differentiable search: what it would have chosen after each epoch.
struct DifferentiateRun {
  int number = 0;  // of its trial
  int seed = 0;    // which of the method's, from 0
  TraceStatus status = TraceStatus::running;
  std::string reason = {};
  std::vector<Found> found = {};                     // by epoch, from 1
  std::vector<std::optional<double>> outcomes = {};  // of these, where a table has them; empty without a table
  std::vector<int> skips = {};                       // of these, how many places have a skip connection
  std::vector<double> entropies = {};                // of these, the mean over places of -sum p ln p, nats
  std::optional<Drawing> drawing = {};               // of the last one
  double seconds = 0;

  bool operator==(const DifferentiateRun&) const = default;
};

/// All seeds of one method.
struct DifferentiateMethod {
  std::string name;         // "darts-tse:steps=50"
  std::string recipe = {};  // of the network's weights
  std::vector<DifferentiateRun> runs = {};

  bool operator==(const DifferentiateMethod&) const = default;
};

/// Differentiable searches with what they found: all that text, JSON and page show. A plain value.
struct DifferentiateView {
  std::string study = {};
  std::string space = {};
  std::string data = {};
  std::string split = {};
  std::uint64_t seed = 0;
  int seeds = 0;   // of each method
  int epochs = 0;  // of each search
  std::vector<Place> places = {};
  std::vector<DifferentiateMethod> methods = {};
  std::optional<Outcome> outcome = {};  // what a table has of architectures; nothing without one
  double random = kMissing;             // mean outcome of all architectures that the table has
  double largest = kMissing;            // outcome of the one with the most parameters
  double best = kMissing;               // the best outcome there is
  Json manifest = {};

  bool operator==(const DifferentiateView&) const = default;
};

/// What was searched and how far it is, as sentences.
std::string differentiate_sentences(const DifferentiateView& view);

/// For a terminal of so many columns (0: no limit).
std::string to_text(const DifferentiateView& view, int width);

Json to_json(const DifferentiateView& view);

}  // namespace tse
