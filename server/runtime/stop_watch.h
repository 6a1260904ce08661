#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "server/control/controlled_robot.h"
#include "server/core/robot.h"
#include "server/runtime/stop_keeper.h"

namespace soarm {

// Finds out what became of a stop that is in force already: which joints it did not reach, and
// whether it is kept for a restart.
//
// Threads  any; OnWake(), End() and callbacks on `pub`.
class StopWatch {
 public:
  // What is looked for, from when on.
  struct Look {
    control::GroupMask groups = 0;
    control::GroupMask read_only = 0;  // that are to be released
    MonoTime since{};
    std::uint64_t version = 0;  // of the board
  };

  StopWatch(control::ControlledRobot& robot, const StopKeeper& keeper, double rate_hz,
            Clock& clock);

  Look Begin(control::GroupMask groups) const;
  // The report; nothing while it may still change for the better.
  std::optional<StopReport> Report(const Look& look, MonoTime now) const;

  void Watch(control::GroupMask groups, std::function<void(const StopReport&)> done);
  // True while somebody waits for the next tick.
  bool OnWake(MonoTime now);
  // Reports to all that wait: no tick will change anything.
  void End();

 private:
  struct Waiting {
    Look look;
    std::function<void(const StopReport&)> done;
  };

  StopReport ReportNow(const Look& look) const;
  bool IsSettled(const Look& look) const;

  control::ControlledRobot& robot_;
  const StopKeeper& keeper_;
  Clock& clock_;
  const Nanos patience_;

  std::mutex mutex_;
  std::vector<Waiting> waiting_;  // guarded by mutex_
};

}  // namespace soarm
