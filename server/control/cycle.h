#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <absl/status/status.h>

#include "server/control/cycle_core.h"
#include "server/control/realtime.h"
#include "server/control/tick_mark.h"

namespace soarm::control {

// The thread "ctl:<bus>" around a CycleCore: an absolute schedule, real-time priority, an orderly
// end. Without the thread, Step() makes its passes one by one: on a clock that is advanced by hand
// everything then happens in a known order.
//
// Threads    Start(), Stop() and the destructor from one thread; the rest from any. StartStepped()
//            and Step() stand for the thread, in its place.
class Cycle {
 public:
  // What an orderly end achieved.
  struct EndReport {
    EndState end = EndState::kHold;
    bool reached = false;       // kLimp: torque was read back off; kHold: everything stands still
    JointMask not_reached = 0;  // driven joints of which that could not be read back
  };

  // All references outlive the cycle.
  Cycle(std::string name, const RobotModel& model, GroupId first_group,
        const ControlOptions& options, ActuatorBus& bus, Authority& authority, TickBell& bell,
        Clock& clock);
  ~Cycle();  // Stop(EndState::kHold) when it still runs
  Cycle(const Cycle&) = delete;
  Cycle& operator=(const Cycle&) = delete;

  // Returns once the thread has asked for real-time behaviour.
  //   kFailedPrecondition  it was refused and require_realtime is set; the thread has ended
  absl::Status Start();
  // Brings the bus into `end` within `patience`, closes it and joins the thread. After the last
  // Step() it only tells what was achieved.
  EndReport Stop(EndState end, Nanos patience);
  // The two halves of it, for who has more than one to end: BeginStop() does not wait.
  void BeginStop(EndState end, Nanos patience);
  EndReport Join();

  // In place of Start(): the schedule begins now, and whoever calls is the thread.
  void StartStepped();
  // Sleeps until the next tick is due and makes it. False once the orderly end is over and the bus
  // closed.
  bool Step();

  const std::string& name() const noexcept { return name_; }
  CyclePorts& ports() noexcept { return ports_; }
  const CyclePorts& ports() const noexcept { return ports_; }
  const RobotModel& model() const noexcept { return model_; }
  // What Start() got from the kernel.
  RealtimeReport realtime() const;
  // Why the bus is not open; OK while it is.
  absl::Status open_status() const;
  // What was found wrong when the bus was opened, though it is open; nothing while it is not.
  std::vector<Problem> notes() const;

 private:
  void Run();
  void BeginEnd();
  bool IsEndOver() const;
  void FinishEnd();
  void NoteOpenStatus();

  const std::string name_;
  const RobotModel model_;
  const ControlOptions options_;
  Clock& clock_;
  CyclePorts ports_;
  CycleCore core_;  // the thread's, while it runs
  std::thread thread_;

  std::atomic<bool> stopping_{false};
  EndState end_ = EndState::kHold;  // written before stopping_
  Nanos patience_{};                // the same
  EndReport report_;                // the thread's; read after joining

  Schedule schedule_;             // the thread's, as what follows
  std::optional<TickMark> mark_;  // none without the thread
  bool ending_ = false;
  MonoTime end_by_{};

  mutable std::mutex mutex_;  // guards what follows; taken by the thread outside ticks only
  std::condition_variable started_;
  std::optional<RealtimeReport> realtime_;
  absl::Status open_status_;
  std::vector<Problem> notes_;
  bool noted_open_ = false;  // the thread's
};

}  // namespace soarm::control
