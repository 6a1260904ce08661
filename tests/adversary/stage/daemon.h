#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "server/runtime/robot_runtime.h"
#include "tests/adversary/stage/bench.h"
#include "tests/adversary/stage/process_clock.h"
#include "tests/adversary/stage/state_folder.h"

namespace soarm::adversary {

// The daemon's process, without its edge: the real runtime, control core and driver on the bench's
// buses, its threads as lines of the timeline. It can be started, ended, killed and put to sleep.
//
// Threads  one. Kill() and End() wait, so they are for a line of work.
class Daemon {
 public:
  Daemon(const Setting& setting, Timeline& timeline, Bench& bench);
  ~Daemon();

  // Called after every tick of a bus.
  std::function<void(std::size_t bus)> on_tick;

  void Start();
  // At once, wherever it is in its tick; nothing of it reaches the wire any more.
  void Kill();
  // In order: from now on nobody is served. The joints that did not come into the end state are
  // named in `not_reached`; false where there are any.
  bool End(control::EndState end, std::vector<std::string>& not_reached);

  bool running() const noexcept { return runtime_ != nullptr; }
  // What its edge calls. Null while it serves nobody.
  Robot* robot() noexcept;
  // Counts starts: an answer from an earlier one is nobody's.
  std::uint64_t life() const noexcept { return life_; }
  // Something was handed to `pub`, which wakes for it.
  void WakeCallbacks();

  // Stands still until then, with all its threads.
  void FreezeUntil(Time until) { clock_.FreezeUntil(until); }
  Time frozen_until() const noexcept { return clock_.frozen_until(); }
  // The machine sleeps for `span` from now: frozen, and its clock stands still.
  void Suspend(Time span);

  ProcessClock& clock() noexcept { return clock_; }
  StateFolder& state_folder() noexcept { return state_folder_; }

 private:
  void RunBus(std::size_t bus);
  // `pub` wakes without a tick, too.
  void KeepCallbacksAwake(std::uint64_t life);
  void JoinLines();

  const Setting setting_;
  Timeline& timeline_;
  Bench& bench_;
  ProcessClock clock_;
  StateFolder state_folder_;
  std::unique_ptr<RobotRuntime> runtime_;
  std::vector<std::shared_ptr<Timeline::Line>> lines_;
  std::uint64_t life_ = 0;
  bool ending_ = false;
  bool callbacks_awake_ = false;
};

}  // namespace soarm::adversary
