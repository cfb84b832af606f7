#include "tse/exec/worker_pool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>

#include "tse/base/error.h"
#include "tse/exec/process.h"

namespace tse {
namespace {

constexpr std::uintmax_t kLongestLog = 1 << 20;  // bytes
constexpr std::size_t kLongestTail = 16384;      // bytes
constexpr int kMostFruitless = 3;
constexpr int kNotLoaded = 127;  // what the loader of libraries ends with
constexpr auto kPause = std::chrono::milliseconds(10);
constexpr auto kLook = std::chrono::seconds(1);  // between looks at who is silent
constexpr double kBusy = 0.1;                    // of a core
constexpr double kPatienceWithWork = 10;         // times that with none

/// The fields of a stat file of the kernel's (proc(5)) from the third on; none where it cannot be read.
std::istringstream fields_of(const std::filesystem::path& stat) {
  std::ifstream file(stat);
  std::string text;
  if (!std::getline(file, text)) return {};
  return std::istringstream(text.substr(std::min(text.size(), text.rfind(')') + 1)));  // a name may have blanks
}

/// Whether a thread of the process runs, or would if it had a core.
bool wants_a_core(pid_t process) {
  std::error_code gone;  // threads end meanwhile, and the process may
  std::filesystem::directory_iterator thread(fmt::format("/proc/{}/task", process), gone);
  for (; !gone && thread != std::filesystem::directory_iterator(); thread.increment(gone)) {
    char state = ' ';
    fields_of(thread->path() / "stat") >> state;
    if (state == 'R') return true;
  }
  return false;
}

/// That a process has used, 0 where it cannot be read: fields 14 and 15.
double processor_seconds(pid_t process) {
  std::istringstream fields = fields_of(fmt::format("/proc/{}/stat", process));
  std::string skipped;
  double user = 0;
  double system = 0;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

/// Bytes that a process has read from files and pipes, 0 where it cannot be read: the first line of /proc/PID/io.
double bytes_read(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/io", process));
  std::string name;
  double bytes = 0;
  file >> name >> bytes;
  return bytes;
}

double seconds_since(std::chrono::steady_clock::time_point then) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - then).count();
}

/// What libgomp ends a process with, which gives it no chance to say so by its exit code.
bool lacked_a_thread(int code, std::string_view words) {
  return code == EXIT_FAILURE && words.find(std::strerror(EAGAIN)) != words.npos;
}

/// The last line that says something.
std::string last_line(std::string_view text) {
  const std::size_t end = text.find_last_not_of(" \t\r\n");
  if (end == std::string_view::npos) return "";
  text = text.substr(0, end + 1);
  return std::string(text.substr(text.rfind('\n') + 1));
}

/// The last lines that begin as errors of ours do, with a place in brackets: an error may be of several. The warnings
/// of libtorch begin with [W and a blank.
std::string last_message(std::string_view text) {
  const std::size_t end = text.find_last_not_of(" \t\r\n");
  text = text.substr(0, end == text.npos ? 0 : end + 1);
  std::size_t first = text.rfind('\n') + 1;  // of the last line, 0 where it is the only one
  while (first > 0) {
    const std::size_t before = text.rfind('\n', first - 2) + 1;
    const std::string_view line = text.substr(before, first - before);
    if (first < 2 || !line.starts_with('[') || line.starts_with("[W ")) break;
    first = before;
  }
  return std::string(text.substr(first));
}

int open_log(const std::filesystem::path& log) {
  if (log.empty()) return -1;
  std::error_code missing;
  const bool long_enough = std::filesystem::file_size(log, missing) > kLongestLog && !missing;
  // a FIFO that nobody reads is no log, and nothing to wait for
  return open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | (long_enough ? O_TRUNC : 0), 0666);
}

}  // namespace

WorkerPool::WorkerPool(Store& store, WorkerOptions options)
    : store_(store), options_(std::move(options)), log_(open_log(options_.log)), outcomes_(outcomes()) {}

WorkerPool::~WorkerPool() {
  stop();
  if (log_ >= 0) close(log_);
}

void WorkerPool::poll() {
  for (Worker& worker : workers_) drain(worker);
  for (std::size_t i = 0; i < workers_.size();) {
    int status = 0;
    if (waitpid(workers_[i].owner.process, &status, WNOHANG) <= 0) {
      ++i;
      continue;
    }
    Worker worker = std::move(workers_[i]);
    workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(i));
    drain(worker);
    close(worker.output);
    ended(worker, status);
  }
  end_silent();
  const int wanted = std::min(options_.workers, store_.unfinished());
  while (std::cmp_less(workers_.size(), wanted)) start_one();
}

/// A worker whose thread waits for something that never comes (at a limit of threads, libtorch does) reports nothing,
/// uses no processor, asks for none, and reads nothing. One that works without a report, as on a step that takes
/// minutes, is given more time; one that has yet to take a trial, as it reads its images, all the time it works.
void WorkerPool::end_silent() {
  const auto now = std::chrono::steady_clock::now();
  if (now - looked_ < kLook) return;
  const double least = kBusy * std::min(seconds_since(looked_), 2.0);
  looked_ = now;
  const std::vector<Holder> holders = store_.holders();
  int held = 0;
  for (const Holder& holder : holders) held += holder.trials;
  const bool some_wait = held < store_.unfinished();
  for (Worker& worker : workers_) {
    const double processor = processor_seconds(worker.owner.process);
    const double read = bytes_read(worker.owner.process);
    const bool works =
        processor - std::exchange(worker.processor, processor) > least || wants_a_core(worker.owner.process);
    const bool reads = read > std::exchange(worker.read, read);
    const auto holder = std::ranges::find(holders, worker.owner, &Holder::owner);
    const bool holds = holder != holders.end();
    if (works || reads || (!holds && !some_wait)) worker.busy = now;
    const double patience = options_.patience_seconds;
    const bool idles = seconds_since(worker.busy) > patience && (!holds || holder->silence > patience);
    const bool dawdles = holds && holder->silence > kPatienceWithWork * patience;
    if (worker.hangs || (!idles && !dawdles)) continue;
    worker.hangs = true;
    worker.began = holds && holder->steps > 0;
    kill(worker.owner.process, SIGKILL);
  }
}

void WorkerPool::start_one() {
  std::vector<std::string> arguments = options_.arguments;
  if (options_.lanes > 1) arguments.insert(arguments.end(), {"--lanes", std::to_string(options_.lanes)});
  const Child child = start_process(options_.program, arguments);
  // the start time can be read even if it has ended by now, since nobody has waited for it
  workers_.push_back({.owner = local_process(child.process),
                      .busy = std::chrono::steady_clock::now(),
                      .output = child.output,
                      .tail = {}});
}

void WorkerPool::drain(Worker& worker) {
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t count = read(worker.output, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    const auto size = static_cast<std::size_t>(count);
    // a log that cannot be written is no reason to stop
    if (log_ >= 0) [[maybe_unused]]
      const auto written = write(log_, buffer.data(), size);
    worker.tail.append(buffer.data(), size);
    if (worker.tail.size() > kLongestTail) worker.tail.erase(0, worker.tail.size() - kLongestTail);
  }
}

void WorkerPool::ended(Worker& worker, int status) {
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  const std::string words = last_line(worker.tail);
  if (code == kExitUsage || code == kExitData) {
    stop();
    const std::string message = words.empty() ? describe_status(status) : last_message(worker.tail);
    if (code == kExitUsage) throw UsageError("worker", "{}", message);
    throw DataError("worker", "{}", message);
  }
  const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && !worker.hangs;
  const bool innocent = killed || code == kExitShort || lacked_a_thread(code, words) || (worker.hangs && !worker.began);
  if (innocent && options_.lanes > 1) {
    options_.lanes = (options_.lanes + 1) / 2;
  } else if (innocent) {
    options_.workers = std::max(1, options_.workers - 1);
  }
  std::string how = worker.hangs ? "having been silent for too long" : describe_status(status);
  if (code == kNotLoaded) how += ", as where there is too little memory for its libraries or one of them is missing";
  if (!words.empty()) how += "; it last said: " + words;
  if (code != kExitDone && code != kExitInterrupted && !innocent) {
    const std::string reason =
        options_.crash_limit == 1
            ? fmt::format("its worker ended with {}", how)
            : fmt::format("its worker ended {} times by itself, the last time with {}", options_.crash_limit, how);
    store_.crashed(worker.owner, options_.crash_limit, reason);
  }
  // every end must bring something, lest workers are started for ever
  const int now = outcomes();
  const bool fruitful = now != std::exchange(outcomes_, now);
  lacking_ = fruitful ? 0 : lacking_ + (innocent ? 1 : 0);
  fruitless_ = fruitful || innocent ? 0 : fruitless_ + 1;
  if (store_.unfinished() == 0) return;
  if (lacking_ >= options_.lacking_limit) {
    stop();
    throw DataError(options_.program.string(),
                    "{} workers in a row were killed by the system, found too little memory or too few threads, or "
                    "hung before their first step, without a result between; the last one ended with {}. The trials "
                    "wait: tse resume goes on",
                    lacking_, how);
  }
  if (fruitless_ >= kMostFruitless * options_.workers) {
    stop();
    throw DataError(options_.program.string(), "ended {} times without taking a trial, the last time with {}",
                    fruitless_, how);
  }
}

int WorkerPool::outcomes() {
  int count = 0;
  for (const Trial& trial : store_.trials(false))
    count += trial.crashes + (trial.state == TrialState::finished ? 1 : 0);
  return count;
}

void WorkerPool::stop() noexcept {
  for (const Worker& worker : workers_) kill(worker.owner.process, SIGTERM);
  const auto deadline = std::chrono::steady_clock::now() + options_.grace;
  while (!workers_.empty()) {
    const bool late = std::chrono::steady_clock::now() >= deadline;
    std::erase_if(workers_, [&](Worker& worker) {
      if (late) kill(worker.owner.process, SIGKILL);
      drain(worker);
      const bool gone = waitpid(worker.owner.process, nullptr, late ? 0 : WNOHANG) != 0;
      if (gone) {
        drain(worker);
        close(worker.output);
      }
      return gone;
    });
    if (!workers_.empty()) std::this_thread::sleep_for(kPause);
  }
}

std::vector<pid_t> WorkerPool::processes() const {
  std::vector<pid_t> list;
  for (const Worker& worker : workers_) list.push_back(worker.owner.process);
  return list;
}

}  // namespace tse
