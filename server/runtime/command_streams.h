#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "server/control/robot.h"
#include "server/core/robot.h"
#include "server/runtime/publisher.h"

namespace soarm {

// The open command streams: brings each its verdicts, and tells it once when a lease that it drove
// with is lost.
//
// Threads  any; OnWake() and all callbacks on `pub`.
class CommandStreams {
 public:
  CommandStreams(control::Robot& robot, Publisher& publisher)
      : robot_(robot), publisher_(publisher) {}

  std::uint64_t Open(Robot::CommandListener listener);
  absl::Status Post(control::GroupId group, const LeaseRef& lease, const GroupCommand& command);
  // Returns once no callback of the stream runs (unless it is that one which asks).
  void Close(std::uint64_t stream);

  void OnWake();

 private:
  struct Use {
    control::GroupId group = 0;
    control::LeaseRef lease;
  };
  struct Stream {
    Robot::CommandListener listener;
    std::vector<Use> uses;  // guarded by mutex_
    bool ended = false;     // guarded by mutex_
  };

  void Deliver(const control::VerdictRecord& record);
  void EndLost();
  // Calls `callback` of a stream that may be closed meanwhile, without the lock.
  template <typename Callback>
  void Call(std::unique_lock<std::mutex>& lock, std::uint64_t stream, Callback callback);

  control::Robot& robot_;
  Publisher& publisher_;

  std::mutex mutex_;  // guards what follows; not held during calls
  std::condition_variable left_;
  std::map<std::uint64_t, std::shared_ptr<Stream>> streams_;
  std::uint64_t current_ = 0;  // the stream being called; 0: none
};

}  // namespace soarm
