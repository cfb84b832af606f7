#pragma once

#include <memory>

#include "tse/store/store.h"

namespace tse {

/// What a faulty store is to get wrong. May be changed while it is in use.
struct StoreFaults {
  static constexpr int kNever = -1;

  int appends_that_work = kNever;   // then every append is a DataError, as of a full disk
  int finishes_that_work = kNever;  // then every finish is one
  int beats_that_work = kNever;     // then every heartbeat says that the lease is lost
};

/// A store that fails on demand and otherwise passes everything on: to test what stands on stores. `store` and `faults`
/// must outlive it. What fails is not passed on.
std::unique_ptr<Store> make_faulty_study(Store& store, StoreFaults& faults);

}  // namespace tse
