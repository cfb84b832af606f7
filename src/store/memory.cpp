#include "tse/store/memory.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "tse/base/error.h"
#include "tse/store/store.h"

namespace tse {
namespace {

enum class Ending { held, recorded, released, lost, crashed };

struct Held {
  Lease lease;
  Owner owner;
  double beat = 0;
  Ending ending = Ending::held;
};

/// All leases ever given, by number from 1; otherwise the fields of the interface as they are.
class MemoryStore : public Store {
 public:
  MemoryStore(Json plan, std::vector<Job> jobs) : plan_(std::move(plan)) { append(std::move(jobs)); }

  Json plan() override { return plan_; }

  Json remember(const std::string& name, const Json& value) override {
    const std::lock_guard lock(mutex_);
    return facts_.try_emplace(name, value).first->second;
  }

  std::optional<Json> recall(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    const auto found = facts_.find(name);
    return found == facts_.end() ? std::nullopt : std::optional(found->second);
  }

  void append(std::vector<Job> jobs) override {
    const std::lock_guard lock(mutex_);
    for (Job& job : jobs) {
      job.number = static_cast<int>(trials_.size());
      trials_.push_back({.job = std::move(job)});
      newest_.push_back(0);
    }
  }

  void append_finished(Job job, const Trace& trace) override {
    if (trace.status == TraceStatus::running) throw std::logic_error("a result must not be running");
    const std::lock_guard lock(mutex_);
    job.number = static_cast<int>(trials_.size());
    record(trials_.emplace_back(Trial{.job = std::move(job)}), trace);
    newest_.push_back(0);
  }

  std::optional<Claim> claim(const Owner& owner, double patience_seconds) override {
    const std::lock_guard lock(mutex_);
    for (Trial& trial : trials_) {
      const auto number = static_cast<std::size_t>(trial.job.number);
      if (trial.state == TrialState::finished) continue;
      if (trial.state == TrialState::running) {
        Held& held = lease_of(newest_[number]);
        if (!is_silent(held.beat, patience_seconds) && !is_dead(held.owner)) continue;
        held.ending = Ending::lost;
      }
      const Lease lease{.trial = trial.job.number, .number = static_cast<std::int64_t>(leases_.size()) + 1};
      leases_.push_back({.lease = lease, .owner = owner, .beat = wall_seconds()});
      newest_[number] = lease.number;
      trial.state = TrialState::running;
      trial.progress = {};
      return Claim{.lease = lease, .job = trial.job};
    }
    return std::nullopt;
  }

  bool heartbeat(const Lease& lease, const Progress& progress) override {
    const std::lock_guard lock(mutex_);
    Held* held = find_held(lease);
    if (held == nullptr) return false;
    held->beat = wall_seconds();
    trial_of(lease.trial).progress = progress;
    return true;
  }

  bool finish(const Lease& lease, const Trace& trace) override {
    if (trace.status == TraceStatus::running) throw std::logic_error("a result must not be running");
    const std::lock_guard lock(mutex_);
    if (!end(lease, Ending::recorded)) {
      const bool late =
          lease.number >= 1 && std::cmp_less_equal(lease.number, leases_.size()) &&
          lease_of(lease.number).lease == lease &&
          (lease_of(lease.number).ending == Ending::lost || lease_of(lease.number).ending == Ending::crashed);
      if (late) late_.try_emplace(lease.number, trace);
      return false;
    }
    record(trial_of(lease.trial), trace);
    return true;
  }

  bool release(const Lease& lease) override {
    const std::lock_guard lock(mutex_);
    if (!end(lease, Ending::released)) return false;
    trial_of(lease.trial).state = TrialState::waiting;
    return true;
  }

  void crashed(const Owner& owner, int limit, const std::string& reason) override {
    const std::lock_guard lock(mutex_);
    bool newest = true;
    for (auto lease = leases_.rbegin(); lease != leases_.rend(); ++lease) {
      if (lease->owner != owner) continue;
      if (lease->ending == Ending::held || (newest && lease->ending == Ending::lost)) charge(*lease, limit, reason);
      newest = false;
    }
  }

  int count() override {
    const std::lock_guard lock(mutex_);
    return static_cast<int>(trials_.size());
  }

  int unfinished() override {
    const std::lock_guard lock(mutex_);
    return static_cast<int>(
        std::ranges::count_if(trials_, [](const Trial& trial) { return trial.state != TrialState::finished; }));
  }

  Trial trial(int number) override {
    const std::lock_guard lock(mutex_);
    if (number < 0 || std::cmp_greater_equal(number, trials_.size())) {
      throw UsageError("study", "expected a trial in [0, {}); got {}", trials_.size(), number);
    }
    return trial_of(number);
  }

  std::vector<Trial> trials(bool traces) override {
    const std::lock_guard lock(mutex_);
    if (traces) return trials_;
    std::vector<Trial> list;
    for (const Trial& trial : trials_) {
      list.push_back({.job = trial.job, .state = trial.state, .progress = trial.progress, .crashes = trial.crashes});
      list.back().trace.status = trial.trace.status;
    }
    return list;
  }

  std::vector<Trace> late_results(int number) override {
    const std::lock_guard lock(mutex_);
    std::vector<Trace> list;
    for (const auto& [lease, trace] : late_) {
      if (lease_of(lease).lease.trial == number) list.push_back(trace);
    }
    return list;
  }

  std::optional<Owner> coordinate(const Owner& owner) override {
    const std::lock_guard lock(mutex_);
    const auto now = live_coordinator();
    if (now && *now != owner) return now;
    coordinator_ = owner;
    return std::nullopt;
  }

  std::optional<Owner> coordinator() override {
    const std::lock_guard lock(mutex_);
    return live_coordinator();
  }

  void retire(const Owner& owner) override {
    const std::lock_guard lock(mutex_);
    if (coordinator_ == owner) coordinator_.reset();
  }

  std::vector<Holder> holders() override {
    const std::lock_guard lock(mutex_);
    std::vector<Holder> all;
    for (const Held& held : leases_) {
      if (held.ending != Ending::held) continue;
      const double silence = wall_seconds() - held.beat;
      auto there = std::ranges::find(all, held.owner, &Holder::owner);
      if (there == all.end()) there = all.insert(all.end(), {.owner = held.owner, .silence = silence});
      ++there->trials;
      there->silence = std::min(there->silence, silence);
      there->steps += trial_of(held.lease.trial).progress.steps;
    }
    return all;
  }

  int retry_failed() override {
    const std::lock_guard lock(mutex_);
    int count = 0;
    for (Trial& trial : trials_) {
      if (trial.state != TrialState::finished || trial.trace.status != TraceStatus::failed) continue;
      trial.state = TrialState::waiting;
      trial.trace = {};
      trial.crashes = 0;
      ++count;
    }
    return count;
  }

  bool in_place() override { return true; }
  std::vector<std::string> warnings() override { return {}; }

  void copy_to(const std::filesystem::path& file) override {
    throw DataError(file.string(), "expected a study in a file; this one is in memory");
  }

 private:
  void charge(Held& lease, int limit, const std::string& reason) {
    const bool held = lease.ending == Ending::held;
    lease.ending = Ending::crashed;
    Trial& trial = trial_of(lease.lease.trial);
    if (trial.state == TrialState::finished) return;
    if (++trial.crashes >= limit) {
      Held& newest = lease_of(newest_[static_cast<std::size_t>(trial.job.number)]);
      if (newest.ending == Ending::held) newest.ending = Ending::lost;
      record(trial, {.status = TraceStatus::failed, .reason = reason});
    } else if (held) {
      trial.state = TrialState::waiting;
    }
  }

  std::optional<Owner> live_coordinator() const {
    return coordinator_ && is_dead(*coordinator_) ? std::nullopt : coordinator_;
  }

  Trial& trial_of(int number) { return trials_.at(static_cast<std::size_t>(number)); }
  Held& lease_of(std::int64_t number) { return leases_.at(static_cast<std::size_t>(number) - 1); }

  /// The lease, where it still counts.
  Held* find_held(const Lease& lease) {
    const auto found = std::ranges::find(leases_, lease, &Held::lease);
    return found == leases_.end() || found->ending != Ending::held ? nullptr : &*found;
  }

  bool end(const Lease& lease, Ending ending) {
    Held* held = find_held(lease);
    if (held != nullptr) held->ending = ending;
    return held != nullptr;
  }

  static void record(Trial& trial, const Trace& trace) {
    trial.state = TrialState::finished;
    trial.trace = trace;
  }

  std::mutex mutex_;
  Json plan_;
  std::map<std::string, Json> facts_;
  std::vector<Trial> trials_;
  std::vector<std::int64_t> newest_;  // lease number of each trial, 0 where there was none
  std::vector<Held> leases_;
  std::map<std::int64_t, Trace> late_;  // by lease
  std::optional<Owner> coordinator_;
};

}  // namespace

std::unique_ptr<Store> make_memory_study(const Json& plan, std::vector<Job> jobs) {
  return std::make_unique<MemoryStore>(plan, std::move(jobs));
}

}  // namespace tse
