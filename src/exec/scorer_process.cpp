#include "tse/exec/scorer_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "tse/base/error.h"
#include "tse/base/json.h"

namespace tse {
namespace {

constexpr int kAttend = 100;  // milliseconds

/// As write(2); where the reader is gone, an error without the signal that would end the process.
ssize_t write_quietly(int file, const char* data, std::size_t size) {
  sigset_t pipe;
  sigset_t before;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, &before);
  const ssize_t count = write(file, data, size);
  const int error = errno;
  if (count < 0 && error == EPIPE) {
    const timespec now{};
    sigtimedwait(&pipe, nullptr, &now);
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return count;
}

}  // namespace

ScorerProcess::ScorerProcess(const std::filesystem::path& engine)
    : engine_(engine), child_(start_process(engine, {"score-jobs"}, {.input = true})) {
  fcntl(child_.output, F_SETFL, 0);  // reading waits
}

ScorerProcess::~ScorerProcess() {
  close(child_.input);
  close(child_.output);
  kill(child_.process, SIGKILL);
  waitpid(child_.process, nullptr, 0);
}

void ScorerProcess::fail() {
  const std::size_t end = read_.find_last_not_of('\n');
  const std::string words = end == std::string::npos ? "" : read_.substr(0, end + 1);
  throw DataError(engine_.string(), "ended while it scored networks{}{}",
                  words.empty() ? "" : "; it last said: ", words.substr(words.rfind('\n') + 1));
}

/// Until there is something to read, or the end of it.
void ScorerProcess::wait(const std::function<void()>& attend) const {
  if (!attend) return;  // reading waits
  for (;;) {
    pollfd output{.fd = child_.output, .events = POLLIN, .revents = 0};
    if (poll(&output, 1, kAttend) > 0) return;
    attend();
  }
}

double ScorerProcess::score(const Job& job, const std::function<void()>& attend) {
  const std::string line = to_json(job).dump() + "\n";
  for (std::size_t sent = 0; sent < line.size();) {
    const ssize_t count = write_quietly(child_.input, line.data() + sent, line.size() - sent);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) break;  // what it said tells why
    sent += static_cast<std::size_t>(count);
  }
  for (std::size_t first = 0;;) {  // of a line; one that is no number is a warning of the engine's
    std::size_t end = std::string::npos;
    while ((end = read_.find('\n', first)) == std::string::npos) {
      wait(attend);
      char buffer[4096];
      const ssize_t count = read(child_.output, buffer, sizeof buffer);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) fail();
      read_.append(buffer, static_cast<std::size_t>(count));
    }
    double value = 0;
    const auto [stop, error] = std::from_chars(read_.data() + first, read_.data() + end, value);
    first = end + 1;
    if (error != std::errc{} || stop != read_.data() + end) continue;
    read_.erase(0, first);
    return value;
  }
}

}  // namespace tse
