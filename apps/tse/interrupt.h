#pragma once

namespace tse::cli {

/// From now on SIGINT and SIGTERM are noted instead of ending the process; another one, more than a second later, ends
/// it.
void catch_interrupts();

bool interrupted();

}  // namespace tse::cli
