#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "clients/cpp/connection.h"
#include "common/time/clock.h"

namespace soarm::test {

// One StreamCommands call whose frames go out as they are given, unlike those of CommandStream:
// for clients that are late, confused or not the lease's holder.
//
// Threads  one, besides a reader of its own.
class FrameStream {
 public:
  FrameStream(client::Connection& connection, const v1::LeaseRef& lease);
  ~FrameStream();  // cancels what still runs
  FrameStream(const FrameStream&) = delete;
  FrameStream& operator=(const FrameStream&) = delete;

  // The frame that a client in order would send now: the next number, the newest beat, the lease
  // and a ttl of 200 ms.
  v1::CommandFrame Frame(const v1::JointTargets& targets);
  // False when the stream has ended.
  bool Send(const v1::CommandFrame& frame);
  // Sends what a client in order would.
  std::uint64_t Command(const v1::JointTargets& targets);

  // The newest beat; number 0 when none has come yet.
  v1::Beat beat() const;
  // Waits for a beat sent at `sent_ns` or later; a failed test when none comes.
  v1::Beat WaitForBeat(std::int64_t sent_ns = 0) const;

  // What became of frame `seq`, if that is known.
  std::optional<v1::Verdict> VerdictOn(std::uint64_t seq) const;
  // The same, waited for; a failed test and VERDICT_KIND_UNSPECIFIED when none comes.
  v1::Verdict WaitForVerdict(std::uint64_t seq) const;

  // Everything that was said of any frame, in order.
  std::vector<v1::Verdict> Verdicts() const;

  // Says that no more frames come; verdicts and the end still do.
  void NoMoreFrames();
  bool ended() const;
  // Waits until the daemon ends the stream and says how it did.
  absl::Status WaitForEnd();

 private:
  class Call;
  const std::unique_ptr<Call> call_;
};

// Both are processes of one machine, so that this is the daemon's clock too.
std::int64_t Now_ns();

}  // namespace soarm::test
