#pragma once

#include <list>
#include <vector>

#include "bench/conversation.h"

namespace tse::cli {

/// Processes of tse-bench that do the same at the same time, as many as the machine has cores or fewer.
class Team {
 public:
  /// Starts them. They are not ready yet.
  Team(const Json& contest, int processes);

  /// Waits until all have made their preparations.
  void wait();

  /// Asks all at once, and waits for all.
  std::vector<Json> ask(const Json& request);

 private:
  std::list<Conversation> members_;
};

/// The sum over the answers.
double sum(const std::vector<Json>& answers, const char* key);

/// Of the turns of one contestant, at least one.
double median(std::vector<double> values);

/// Of ratios, at least one.
double geometric_mean(const std::vector<double>& values);

}  // namespace tse::cli
