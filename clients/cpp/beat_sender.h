#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <absl/status/status.h>

#include "clients/cpp/connection.h"
#include "common/time/clock.h"

namespace soarm::client {

// Asks the daemon for as little as there is (RobotService.GetInfo, answered from memory) again and
// again on a connection, without waiting for one answer before the next question.
//
// Threads    one.
// Ownership  the connection must outlive it; the destructor cancels what is still out.
class BeatSender {
 public:
  struct Outcome {
    MonoTime sent_at{};
    MonoTime ended_at{};
    absl::Status status;  // kDeadlineExceeded: not answered within the patience
  };

  // `patience`: after which a beat counts as lost.
  BeatSender(Connection& connection, Nanos patience);
  ~BeatSender();
  BeatSender(const BeatSender&) = delete;
  BeatSender& operator=(const BeatSender&) = delete;

  // Returns at once.
  void Send();
  // What came until then, in order; returns earlier once nothing is out, if `for_rest`.
  std::vector<Outcome> TakeUntil(MonoTime time, bool for_rest = false);
  std::size_t out() const;

 private:
  class Calls;
  const std::unique_ptr<Calls> calls_;
};

}  // namespace soarm::client
