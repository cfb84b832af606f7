#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tse/base/json.h"
#include "tse/space/arch.h"
#include "tse/trial/job.h"

namespace tse {

/// What a study is to do: everything that its results depend on, and how its verb presents them. Written to the study
/// before any image is read, so that `resume` and `report` need nothing but the study.
struct Plan {
  std::string verb;   // that began it: "rank", "train" or "score"
  std::string space;  // as registry strings
  std::string data;
  std::string recipe;
  std::uint64_t seed = 0;  // all random streams of the study derive from it
  Budget budget;
  Engine engine;
  std::vector<std::string> estimators;   // the first one ranks; of "score", the zero-cost scores to compute
  std::vector<std::string> scores = {};  // zero-cost scores that a trial computes before it trains
  Json truth;                            // outcomes of the architectures, measured elsewhere; null without
  bool step_losses = false;              // in the JSON

  // What the plan came from; two plans that differ only here are the same.
  std::vector<std::string> command_line;
  Json manifest;  // versions and machine of the start

  /// Whether it asks for the same results.
  bool same_as(const Plan& other) const;
};

Json to_json(const Plan& plan);

/// DataError at `place` where the object is no plan, or one of a newer version.
Plan plan_from_json(const Json& object, std::string_view place);

/// The data set without the folder that it is read from: the same images, wherever they lie.
std::string without_folder(const std::string& data);

/// One job per architecture, numbered from 0, each with a seed of its own.
std::vector<Job> make_jobs(const Plan& plan, const std::vector<Arch>& archs);

}  // namespace tse
