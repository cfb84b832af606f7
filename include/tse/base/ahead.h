#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace tse {

/// Values of numbered steps, made ahead: while the caller works on one step's, a thread makes the next step's. The
/// thread lives as long as this does, and makes all of them, one at a time.
template <class T>
class Ahead {
 public:
  using Make = std::function<T(std::int64_t step)>;

  /// `make` is called for the steps that are asked for, and for the next one after each where that is before `end`.
  Ahead(Make make, std::int64_t end) : make_(std::move(make)), end_(end), thread_([this] { work(); }) {}

  /// Waits for the value under way, and drops it.
  ~Ahead() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  Ahead(const Ahead&) = delete;
  Ahead& operator=(const Ahead&) = delete;

  /// The value of any step, in whatever order; what `make` threw for it is thrown here.
  T at(std::int64_t step) {
    std::unique_lock lock(mutex_);
    const auto wait = [&] { changed_.wait(lock, [&] { return made_.has_value(); }); };
    if (wanted_ && wanted_ != step) wait();  // for one that nobody takes
    if (wanted_ != step) want(step);
    wait();
    Made made = *std::exchange(made_, std::nullopt);
    wanted_.reset();
    if (made.failure) std::rethrow_exception(made.failure);
    if (step + 1 < end_) want(step + 1);
    return *std::move(made.value);
  }

 private:
  struct Made {
    std::optional<T> value;
    std::exception_ptr failure;
  };

  void want(std::int64_t step) {
    wanted_ = step;
    made_.reset();
    changed_.notify_all();
  }

  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [&] { return over_ || (wanted_ && !made_); });
      if (over_) return;
      const std::int64_t step = *wanted_;
      lock.unlock();
      Made made;
      try {
        made.value = make_(step);
      } catch (...) {
        made.failure = std::current_exception();
      }
      lock.lock();
      made_ = std::move(made);
      changed_.notify_all();
    }
  }

  Make make_;
  std::int64_t end_;
  std::mutex mutex_;
  std::condition_variable changed_;  // any of the next three
  bool over_ = false;
  std::optional<std::int64_t> wanted_;  // the step that is being made, or is made and not taken
  std::optional<Made> made_;            // of that step
  std::thread thread_;                  // the last member: it uses the others
};

}  // namespace tse
