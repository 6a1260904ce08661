#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "server/control/controlled_robot.h"
#include "server/core/robot.h"
#include "server/runtime/callback_thread.h"

namespace soarm {

// The open command streams: keeps from the tick what has no lease, brings each stream its verdicts,
// and tells it once when it ends because of its leases.
//
// Threads  any; OnWake() and all callbacks on `pub`.
class CommandStreams {
 public:
  // Commands without a lease, one after another, that end a stream.
  static constexpr int kMostRefused = 256;

  CommandStreams(control::ControlledRobot& robot, CallbackThread& callbacks, Clock& clock)
      : robot_(robot), callbacks_(callbacks), clock_(clock) {}

  // When all places are taken, the oldest stream that had no command with a lease yet ends for it.
  // RESOURCE_EXHAUSTED TOO_MANY_STREAMS: there is none.
  absl::StatusOr<std::uint64_t> Open(Robot::CommandListener listener);
  void Post(control::GroupId group, const LeaseRef& lease, const GroupCommand& command);
  // Returns once no callback of the stream runs (unless it is that one which asks).
  void Close(std::uint64_t stream);

  void OnWake();
  // Verdicts given here that were more than is kept for a stream.
  std::uint64_t lost() const;

 private:
  struct Use {
    control::GroupId group = 0;
    LeaseRef lease;
  };
  // Guarded by mutex_, but for the listener, which is constant.
  struct Stream {
    Robot::CommandListener listener;
    std::vector<Use> uses;             // empty: it has not shown a lease yet
    std::vector<VerdictRecord> early;  // decided before any tick, waiting for `pub`
    int refused_in_row = 0;
    Use refused;       // the newest of them
    int at_ticks = 0;  // commands that went to a mailbox and have no verdict yet
    bool ended = false;
    // Not OK from its end until its listener was told that.
    absl::Status why_ended;
    MonoTime ended_at{};
  };

  // All of these want mutex_ held.
  bool Admit(Stream& stream, const Use& use, LeaseStanding standing, const GroupCommand& command);
  void Note(Stream& stream, const GroupCommand& command, VerdictKind kind, LeaseStanding standing);
  // Why `stream` has to end; OK while it need not.
  absl::Status WhyEnd(Stream& stream) const;
  // Whether the listener of an ended stream may be told: what it is told last is its end.
  bool MayTellEnd(const Stream& stream) const;

  // Ends the oldest stream that has not shown a lease; false when there is none.
  bool MakeRoom();
  void TellEnd(std::uint64_t stream, const absl::Status& why);
  // The last that a listener is told; without mutex_.
  static void Tell(const Stream& stream, const std::vector<VerdictRecord>& verdicts,
                   const absl::Status& why);
  void Deliver(const VerdictRecord& record);
  // Ends what lost its lease at once, and tells so once the ticks have judged what they were given.
  void EndLost();
  // Calls `callback` of a stream that may be closed meanwhile, without the lock.
  template <typename Callback>
  void Call(std::unique_lock<std::mutex>& lock, std::uint64_t stream, Callback callback);

  control::ControlledRobot& robot_;
  CallbackThread& callbacks_;
  Clock& clock_;
  std::vector<VerdictRecord> records_;  // `pub`'s, of one wake-up

  mutable std::mutex mutex_;  // guards what follows; not held during calls
  std::condition_variable left_;
  std::map<std::uint64_t, std::shared_ptr<Stream>> streams_;
  std::uint64_t current_ = 0;  // the stream being called; 0: none
  std::uint64_t lost_ = 0;
};

}  // namespace soarm
