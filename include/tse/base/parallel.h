#pragma once

#include <functional>

namespace tse {

/// Calls work(i) once for each i in [0, n), on `threads` threads (0: one per core) that take the next i as they come
/// free. Where a call throws, the first exception is thrown again once all have ended. What the calls compute must not
/// depend on their order.
void parallel(int n, int threads, const std::function<void(int)>& work);

}  // namespace tse
