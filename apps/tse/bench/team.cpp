#include "bench/team.h"

#include <algorithm>
#include <cmath>

#include "tse/exec/programs.h"

namespace tse::cli {

Team::Team(const Json& contest, int processes) {
  const auto program = find_program("tse-bench");
  for (int i = 0; i < processes; ++i) members_.emplace_back(program, contest);
}

void Team::wait() {
  for (Conversation& member : members_) member.receive();
}

std::vector<Json> Team::ask(const Json& request) {
  for (Conversation& member : members_) member.send(request);
  std::vector<Json> answers;
  for (Conversation& member : members_) answers.push_back(member.receive());
  return answers;
}

double sum(const std::vector<Json>& answers, const char* key) {
  double total = 0;
  for (const Json& answer : answers) total += member<double>(answer, key, "tse-bench");
  return total;
}

double geometric_mean(const std::vector<double>& values) {
  double logarithms = 0;
  for (const double value : values) logarithms += std::log(value);
  return std::exp(logarithms / static_cast<double>(values.size()));
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values.at(middle) : (values.at(middle - 1) + values.at(middle)) / 2;
}

}  // namespace tse::cli
