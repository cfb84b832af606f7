#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tse/base/json.h"
#include "tse/base/missing.h"
#include "tse/rank/bootstrap.h"
#include "tse/report/ranking.h"
#include "tse/space/arch.h"

namespace tse {

/// How well one score orders the candidates, by super-network; NaN where there is nothing to say.
struct OneShotAgreement {
  std::string score;   // "tse", "valid-accuracy of a batch", "params"
  int batches = 0;     // after so many mini-batches; 0: needs none
  int candidates = 0;  // of the last super-network, with a score and an outcome
  std::vector<double> spearman = {};
  std::vector<Interval> intervals = {};  // 95 %, over candidates
  std::vector<double> kendall = {};
  std::vector<double> top = {};                  // mean outcome of the best ten
  std::vector<std::vector<double>> scores = {};  // of each super-network's candidates, in the order of the view's archs

  bool operator==(const OneShotAgreement&) const = default;
};

/// A candidate with its scores after the most mini-batches.
struct OneShotCandidate {
  Arch arch;
  std::int64_t params = 0;
  std::vector<double> scores = {};  // by super-network, of the first of the estimators; NaN where there is none
  double score = kMissing;          // their mean
  std::optional<double> outcome = {};

  bool operator==(const OneShotCandidate&) const = default;
};

/// A one-shot search with its results: all that its text and JSON show. A plain value.
struct OneShotView {
  std::string study = {};
  std::string space = {};
  std::string data = {};
  std::string split = {};
  std::string recipe = {};            // of the super-networks
  std::string candidate_recipe = {};  // of the candidates
  std::string sampler = {};
  std::uint64_t seed = 0;
  int supernets = 0;
  int trained = 0;  // of them, so far
  int epochs = 0;   // of a super-network
  std::vector<int> batches = {};
  std::vector<std::string> estimators = {};
  std::vector<std::string> archs = {};            // the candidates as they were given
  int scored = 0;                                 // candidates of all super-networks together that have a result
  std::vector<OneShotCandidate> candidates = {};  // the best first
  std::optional<Outcome> outcome = {};
  std::vector<OneShotAgreement> agreements = {};
  std::vector<OneShotAgreement> references = {};  // what needs no super-network: params, macs
  double oracle = kMissing;                       // mean outcome of the ten best by outcome
  double all = kMissing;                          // mean outcome of all candidates
  std::vector<std::string> files = {};            // of the trained super-networks
  std::optional<Drawing> drawing = {};            // of the best
  Json manifest = {};

  bool operator==(const OneShotView&) const = default;
};

/// What was trained and how far it is, as sentences.
std::string one_shot_sentences(const OneShotView& view);

/// For a terminal of so many columns (0: no limit); the tables are laid out as the paper's Tables 2 and 4.
std::string to_text(const OneShotView& view, int width);

Json to_json(const OneShotView& view);

}  // namespace tse
