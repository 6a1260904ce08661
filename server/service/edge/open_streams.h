#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <unordered_set>

#include <absl/status/status.h>

#include "common/time/clock.h"

namespace soarm {

// A call that stays open, as the shutdown sees it.
class OpenStream {
 public:
  virtual ~OpenStream() = default;
  // Ends the call with `status` as soon as gRPC allows. Does not block; a second end is ignored.
  virtual void End(const absl::Status& status) = 0;
};

// All calls that stay open, so that a shutdown can tell each of them why it ends.
//
// Threads  any. The lock is held while End() runs, so a stream must not add or remove itself in
//          there.
class OpenStreams {
 public:
  // Ended at once when the daemon is shutting down already.
  void Add(OpenStream* stream);
  void Remove(OpenStream* stream);
  // Ends every stream, present and future.
  void EndAll(const absl::Status& status);
  // Waits until no stream is open, for `patience` at most: a client that does not read keeps its
  // stream open.
  void WaitUntilGone(Nanos patience);

 private:
  std::mutex mutex_;
  std::condition_variable removed_;
  std::unordered_set<OpenStream*> streams_;  // guarded by mutex_
  std::optional<absl::Status> ended_;        // guarded by mutex_
};

}  // namespace soarm
