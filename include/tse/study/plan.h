#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tse/base/json.h"
#include "tse/space/arch.h"
#include "tse/trial/job.h"

namespace tse {

/// What a search is for and how far it goes.
struct SearchPlan {
  std::string algo;                     // as registry string
  std::string budget;                   // "200trials", as parse_search_budget reads it
  std::vector<std::string> objectives;  // as parse_objective reads them; the first one chooses the winner
  std::string require = {};             // what holds for all that is proposed: "params<1e6"; empty: nothing
  int window = 8;                       // trial n is proposed from the results of trials up to n - window
  bool reuse = true;                    // one result for all architectures of one canonical form
  int final_epochs = 0;                 // of the winner's training to the end; 0: none
  std::string draw = {};                // what is drawn is the best of several by a score: "synflow:of=10"; empty: not
  int race = 0;                         // ends trainings that can be none of the best so many any more; 0: none
  int halving = 0;                      // successive halving: at each rung one in so many goes on; 0: none
  int first_rung = 1;                   // of successive halving, epochs
  std::vector<std::string> archs = {};  // a given list in the place of what an algorithm proposes
  std::string supernet = {};            // file of a super-network whose weights the trials inherit; empty: none
  int batches = 100;                    // mini-batches that count as an epoch of such a trial

  bool operator==(const SearchPlan&) const = default;
};

/// What a one-shot search is to do (tse/study/one_shot.h). The plan's recipe is that of the super-networks, its budget
/// that of the candidates.
struct OneShotPlan {
  std::string sampler;                         // of paths, as registry string
  bool decay_unused = true;                    // as OneShot's
  int supernets = 3;                           // each of a seed of its own
  int epochs = 100;                            // of a super-network's training
  std::string recipe = "candidate";            // of the candidates
  std::vector<int> batches = {100, 200, 300};  // after so many mini-batches a candidate is scored
  std::vector<std::string> archs = {};         // the candidates

  bool operator==(const OneShotPlan&) const = default;
};

/// What differentiable searches are to do (tse/study/differentiate.h).
struct DifferentiatePlan {
  std::vector<std::string> methods;  // as relaxation texts
  std::vector<std::string> recipes;  // of the networks' weights, one for each
  int seeds = 3;                     // searches by each

  bool operator==(const DifferentiatePlan&) const = default;
};

/// What a study is to do: everything that its results depend on, and how its verb presents them. Written to the study
/// before any image is read, so that `resume` and `report` need nothing but the study.
struct Plan {
  std::string verb;   // that began it: "rank", "train", "score", "search", "oneshot" or "differentiate"
  std::string space;  // as registry strings
  std::string data;
  std::string recipe;
  std::uint64_t seed = 0;  // all random streams of the study derive from it
  Budget budget;
  Engine engine;
  std::vector<std::string> estimators;       // the first one ranks; of "score", the zero-cost scores to compute
  std::vector<std::string> scores = {};      // zero-cost scores that a trial computes before it trains
  Json truth;                                // outcomes of the architectures, measured elsewhere; null without
  bool step_losses = false;                  // in the JSON
  std::optional<SearchPlan> search = {};     // of "search", and of a race
  std::optional<OneShotPlan> one_shot = {};  // of "oneshot"
  std::optional<DifferentiatePlan> differentiate = {};  // of "differentiate"

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

/// The trial of this number, with a seed of its own.
Job make_job(const Plan& plan, const Arch& arch, int number);

/// One job per architecture, numbered from 0.
std::vector<Job> make_jobs(const Plan& plan, const std::vector<Arch>& archs);

}  // namespace tse
