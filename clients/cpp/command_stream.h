#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <absl/status/status.h>

#include "clients/cpp/connection.h"
#include "common/time/clock.h"
#include "soarm/v1/motion.pb.h"

namespace soarm::client {

struct CommandStreamOptions {
  v1::LeaseRef lease;
  std::string group;
  Nanos ttl = std::chrono::milliseconds(200);  // of every command; the daemon clamps it
  // Called on a gRPC thread, in order. Must not block and must not destroy the stream.
  std::function<void(const v1::Verdict&)> on_verdict;
};

// Streams commands for one group. The newest one counts: what could not be sent before a newer one
// came is never sent.
//
// A command lives no longer than `ttl` from its Post(), whatever holds it up: each echoes the
// newest beat that had come when it was posted, and none goes out before the first beat is here,
// which takes a round trip from the stream's start. What is over by then is sent as over, and
// EXPIRED.
//
// Threads    any.
// Ownership  the connection must outlive it; the destructor cancels what still runs.
class CommandStream {
 public:
  CommandStream(Connection& connection, CommandStreamOptions options);
  ~CommandStream();
  CommandStream(const CommandStream&) = delete;
  CommandStream& operator=(const CommandStream&) = delete;

  // Leaves the newest command for the wire and returns its number at once; 0 when the stream has
  // ended. Verdicts name the number; a superseded command that was never sent gets none.
  std::uint64_t Post(const v1::JointTargets& targets);
  std::uint64_t Post(const v1::BaseTwist& twist);

  // True once the daemon or Close() ended the stream; `status()` then says why.
  bool ended() const;
  absl::Status status() const;

  // Says that no more commands come (the group then holds) and waits for the daemon's word;
  // cancels after `timeout`. Yields how the stream ended. May be called again.
  absl::Status Close(Nanos timeout);

 private:
  class Call;
  const std::unique_ptr<Call> call_;
};

}  // namespace soarm::client
