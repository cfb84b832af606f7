#include "bench/conversation.h"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "tse/base/error.h"

namespace tse::cli {

Conversation::Conversation(const std::filesystem::path& program, const Json& argument)
    : name_(program.filename().string()),
      child_(start_process(program, {argument.dump()}, {.input = true, .errors = false})) {}

Conversation::~Conversation() {
  close(child_.input);
  close(child_.output);
  if (child_.process == 0) return;
  kill(child_.process, SIGKILL);  // it has nothing to lose
  waitpid(child_.process, nullptr, 0);
}

void Conversation::send(const Json& request) {
  const std::string line = request.dump() + '\n';
  // a request is shorter than a pipe's buffer; SIGPIPE, where the process died, is ignored by the program
  if (write(child_.input, line.data(), line.size()) != static_cast<ssize_t>(line.size())) ended();
}

Json Conversation::receive() {
  for (;;) {
    const std::size_t end = read_.find('\n');
    if (end != std::string::npos) {
      const std::string line = read_.substr(0, end);
      read_.erase(0, end + 1);
      return parse_json(line, name_);
    }
    pollfd wanted{.fd = child_.output, .events = POLLIN, .revents = 0};
    if (poll(&wanted, 1, -1) < 0 && errno != EINTR) ended();
    std::array<char, 4096> buffer{};
    const ssize_t count = read(child_.output, buffer.data(), buffer.size());
    if (count > 0) read_.append(buffer.data(), static_cast<std::size_t>(count));
    if (count == 0) ended();
  }
}

void Conversation::ended() {
  int status = 0;
  waitpid(std::exchange(child_.process, 0), &status, 0);
  throw DataError(name_, "ended before it had answered: {}", describe_status(status));
}

}  // namespace tse::cli
