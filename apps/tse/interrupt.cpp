#include "interrupt.h"

#include <csignal>
#include <ctime>
#include <initializer_list>

namespace tse::cli {
namespace {

volatile std::sig_atomic_t g_interrupted = 0;
std::time_t g_first = 0;  // seconds of the monotonic clock; only the handler touches it

std::time_t now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec;
}

/// Wrappers such as timeout and make pass a signal on to a group that got it already: what comes at once again is the
/// same wish. Somebody who asks again after that wants out.
void note(int signal) {
  if (g_interrupted == 0) {
    g_first = now();
    g_interrupted = 1;
  } else if (now() - g_first > 1) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
}

}  // namespace

void catch_interrupts() {
  struct sigaction action{};
  action.sa_handler = note;
  sigfillset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM}) sigaction(signal, &action, nullptr);
}

bool interrupted() { return g_interrupted != 0; }

}  // namespace tse::cli
