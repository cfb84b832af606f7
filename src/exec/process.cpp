#include "tse/exec/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "tse/base/error.h"

namespace tse {
namespace {

struct Pipe {
  std::array<int, 2> ends{-1, -1};

  Pipe() = default;
  Pipe(const Pipe&) = delete;
  ~Pipe() {
    for (const int end : ends) {
      if (end >= 0) close(end);
    }
  }

  void open(const std::string& program) {
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw DataError(program, "cannot be started; {}", std::strerror(errno));
  }
  int release_reader() { return std::exchange(ends[0], -1); }
  int release_writer() { return std::exchange(ends[1], -1); }
  void close_writer() { close(std::exchange(ends[1], -1)); }
};

/// The child's ends of the pipes; -1 where there is none.
struct Ends {
  int input = -1;
  int output = -1;
  int errors = -1;
  int problem = -1;
};

/// What the child does between fork and exec; only calls that are safe there (signal-safety(7)). Never returns.
[[noreturn]] void become(const char* program, char* const* arguments, pid_t parent, const Ends& ends) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // it died before the line above
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(ends.input >= 0 ? ends.input : nothing, STDIN_FILENO);
  dup2(ends.output, STDOUT_FILENO);
  if (ends.errors >= 0) dup2(ends.errors, STDERR_FILENO);
  if (nothing > STDERR_FILENO) close(nothing);
  execv(program, arguments);
  const int error = errno;
  [[maybe_unused]] const auto written = write(ends.problem, &error, sizeof error);
  _exit(127);
}

}  // namespace

Child start_process(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                    const Streams& streams) {
  const std::string name = program.string();
  Pipe input, output, problem;
  if (streams.input) input.open(name);
  output.open(name);
  problem.open(name);
  std::vector<std::string> words = {name};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);

  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) throw DataError(name, "cannot be started; {}", std::strerror(errno));
  if (child == 0) {
    become(name.c_str(), pointers.data(), parent,
           {.input = input.ends[0],
            .output = output.ends[1],
            .errors = streams.errors ? output.ends[1] : -1,
            .problem = problem.ends[1]});
  }

  output.close_writer();
  problem.close_writer();
  int error = 0;
  ssize_t count = 0;
  do {
    count = read(problem.ends[0], &error, sizeof error);  // nothing comes once the program runs
  } while (count < 0 && errno == EINTR);
  if (count == sizeof error) {
    waitpid(child, nullptr, 0);
    throw DataError(name, "cannot be started; {}", std::strerror(error));
  }
  fcntl(output.ends[0], F_SETFL, O_NONBLOCK);
  return {.process = child, .output = output.release_reader(), .input = input.release_writer()};
}

Finished run_to_end(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                    const Streams& streams) {
  const Child child = start_process(program, arguments, streams);
  if (child.input >= 0) close(child.input);
  Finished finished;
  for (;;) {
    std::array<char, 4096> buffer{};
    const ssize_t count = read(child.output, buffer.data(), buffer.size());
    if (count == 0) break;
    if (count > 0) finished.output.append(buffer.data(), static_cast<std::size_t>(count));
    pollfd wanted{.fd = child.output, .events = POLLIN, .revents = 0};
    if (count < 0 && errno == EAGAIN) poll(&wanted, 1, -1);
  }
  close(child.output);
  while (waitpid(child.process, &finished.status, 0) < 0 && errno == EINTR) continue;
  return finished;
}

std::string describe_status(int status) {
  if (!WIFSIGNALED(status)) return fmt::format("exit code {}", WEXITSTATUS(status));
  const int signal = WTERMSIG(status);
  return fmt::format("signal {} ({}{})", signal, strsignal(signal), signal == SIGKILL ? "; out of memory?" : "");
}

}  // namespace tse
