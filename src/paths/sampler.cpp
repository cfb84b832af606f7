#include "tse/paths/sampler.h"

#include <utility>

#include "tse/paths/fair_paths.h"
#include "tse/paths/multi_paths.h"
#include "tse/paths/random_path.h"

namespace tse {
namespace {

using Line = Entry<std::shared_ptr<const PathRule>>;

template <class Kind>
class Configured final : public PathRule {
 public:
  Configured(std::string name, const typename Kind::Settings& settings) : name_(std::move(name)), settings_(settings) {}

  std::string spec() const override { return shortest_text(name_, settings_); }

  int count(const Space& space) const override { return Kind::count(settings_, space); }

  std::unique_ptr<PathSampler> begin(std::shared_ptr<const Space> space, const Task& task,
                                     std::uint64_t seed) const override {
    return std::make_unique<Kind>(settings_, std::move(space), task, seed);
  }

 private:
  std::string name_;
  typename Kind::Settings settings_;
};

template <class Kind>
Line line(const std::string& name, const std::string& summary) {
  using Settings = typename Kind::Settings;
  return line_with<std::shared_ptr<const PathRule>, Settings>(
      "path sampler", name, summary,
      [name](const Settings& settings) { return std::make_shared<const Configured<Kind>>(name, settings); });
}

}  // namespace

const Registry<std::shared_ptr<const PathRule>>& path_rules() {
  static const Registry<std::shared_ptr<const PathRule>> registry(
      "path sampler", {
                          line<RandomPath>("random", "RandNAS: one path at a time (arXiv 1902.07638)"),
                          line<FairPaths>("fair", "FairNAS: every option once in every step (arXiv 1907.01845)"),
                          line<MultiPaths>("multi", "MultiPaths: one path of each size (arXiv 2006.04492)"),
                      });
  return registry;
}

std::shared_ptr<const PathRule> make_path_rule(std::string_view text) { return path_rules().make(text); }

}  // namespace tse
