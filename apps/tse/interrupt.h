#pragma once

namespace tse::cli {

/// From now on SIGINT and SIGTERM are noted instead of ending the process; a second one ends it at once.
void catch_interrupts();

bool interrupted();

}  // namespace tse::cli
