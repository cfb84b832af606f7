#include "tse/store/faulty.h"

#include <utility>

#include "tse/base/error.h"

namespace tse {
namespace {

class FaultyStore : public Store {
 public:
  FaultyStore(Store& store, StoreFaults& faults) : store_(store), faults_(faults) {}

  void append(std::vector<Job> jobs) override {
    refuse_after(faults_.appends_that_work);
    store_.append(std::move(jobs));
  }
  void append_finished(Job job, const Trace& trace) override {
    refuse_after(faults_.appends_that_work);
    store_.append_finished(std::move(job), trace);
  }
  bool finish(const Lease& lease, const Trace& trace) override {
    refuse_after(faults_.finishes_that_work);
    return store_.finish(lease, trace);
  }
  bool heartbeat(const Lease& lease, const Progress& progress) override {
    return works(faults_.beats_that_work) && store_.heartbeat(lease, progress);
  }

  Json plan() override { return store_.plan(); }
  Json remember(const std::string& name, const Json& value) override { return store_.remember(name, value); }
  std::optional<Json> recall(const std::string& name) override { return store_.recall(name); }
  std::optional<Claim> claim(const Owner& owner, double patience) override { return store_.claim(owner, patience); }
  bool release(const Lease& lease) override { return store_.release(lease); }
  void crashed(const Owner& owner, int limit, const std::string& reason) override {
    store_.crashed(owner, limit, reason);
  }
  int count() override { return store_.count(); }
  int unfinished() override { return store_.unfinished(); }
  Trial trial(int number) override { return store_.trial(number); }
  std::vector<Trial> trials(bool traces) override { return store_.trials(traces); }
  std::vector<Trace> late_results(int number) override { return store_.late_results(number); }
  std::optional<Owner> coordinate(const Owner& owner) override { return store_.coordinate(owner); }
  std::optional<Owner> coordinator() override { return store_.coordinator(); }
  void retire(const Owner& owner) override { store_.retire(owner); }
  std::vector<Holder> holders() override { return store_.holders(); }
  int retry_failed() override { return store_.retry_failed(); }
  bool in_place() override { return store_.in_place(); }
  void copy_to(const std::filesystem::path& file) override { store_.copy_to(file); }
  std::vector<std::string> warnings() override { return store_.warnings(); }

 private:
  static bool works(int& left) {
    if (left == 0) return false;
    if (left > 0) --left;
    return true;
  }

  static void refuse_after(int& left) {
    if (!works(left)) throw DataError("faulty study", "the disk is full, as it was told to be");
  }

  Store& store_;
  StoreFaults& faults_;
};

}  // namespace

std::unique_ptr<Store> make_faulty_study(Store& store, StoreFaults& faults) {
  return std::make_unique<FaultyStore>(store, faults);
}

}  // namespace tse
