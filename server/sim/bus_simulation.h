#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include <absl/status/statusor.h>

#include "common/time/clock.h"
#include "server/sim/bus_model.h"
#include "server/sim/pseudo_terminal.h"
#include "server/sim/sim_controls.h"

namespace soarm::sim {

// What to simulate, and where it can be opened.
struct SimulationOptions {
  std::string robot = "so101";
  FirmwareOptions firmware;
  BusOptions bus;  // `start` is set by the simulation
  bool calibrated = true;
  int box = 0;  // so many factory-new servos of the robot in a box, instead of the robot
  // false: real time. true: the clock stands still but for Step() and the time that bytes take on
  // the wire, which is not waited for.
  bool free_run = false;
  std::string link;  // a symlink to the pseudo-terminal; may be empty
};

// A simulated servo bus behind a pseudo-terminal that any driver opens as if it were a USB
// adapter. One thread serves the wire; the world is brought up to date when there is something
// to do and at least every 20 ms.
//
// When the thread is late (the machine was busy), the world is caught up in bites of 20 ms with
// the wire served between them. Beyond a second (the machine slept) it pauses instead: wire stamps
// go on, the joints do not, and stats().slipped tells for how long.
//
// Threads    any, for all calls; each takes the bus's own lock for some microseconds.
// Units      stamps are CLOCK_MONOTONIC; in free run they start there and advance by themselves.
class BusSimulation {
 public:
  struct Stats {
    Nanos slipped{0};                   // world time dropped
    std::uint64_t host_bytes_lost = 0;  // the client did not read, its buffer was full
    std::uint64_t wakeups = 0;
  };

  //   kInvalidArgument  no such robot
  //   others            see PseudoTerminal::Open()
  static absl::StatusOr<std::unique_ptr<BusSimulation>> Open(
      const SimulationOptions& options, std::unique_ptr<World> world = nullptr);
  ~BusSimulation();

  // The slave, e.g. /dev/pts/5; empty while unplugged.
  std::string pts_path() const;
  // The symlink, or the slave where there is none.
  std::string path() const;

  // Calls `work` with the controls of the bus, brought up to now, and returns its answer:
  //   simulation.Do([](SimControls& bus) { return bus.Mute(3, true); });
  // `work` must not call back into this object.
  template <typename Work>
  auto Do(Work&& work) {
    const std::lock_guard lock(mutex_);
    CatchUp();
    SimControls controls(model_);
    const Waker waker{*this};
    return std::forward<Work>(work)(controls);
  }

  // The pseudo-terminal disappears: a hang-up for the client. Replug() brings another, under
  // `link` or, when that is empty, under the old name.
  void Unplug();
  absl::Status Replug(const std::string& link);

  // Free run only: that many milliseconds at once.
  //   kFailedPrecondition  in real time
  absl::Status Step(int ticks);

  MonoTime now() const;
  Stats stats() const;

 private:
  struct Waker {
    BusSimulation& simulation;
    ~Waker() { simulation.Wake(); }
  };

  BusSimulation(const SimulationOptions& options, const Robot& robot, PseudoTerminal terminal,
                std::unique_ptr<World> world, int wake_descriptor);
  void Run();
  // All of the below with the lock held.
  void CatchUp();
  void Serve();
  void ReadHost(MonoTime at);
  void DeliverToHost();
  MonoTime BusTime() const noexcept;
  MonoTime NextWakeUp() const;
  void Wake() noexcept;

  const bool free_run_;
  const int wake_descriptor_;
  const MonotonicClock clock_;

  mutable std::mutex mutex_;
  // Guarded by mutex_:
  BusModel model_;
  PseudoTerminal terminal_;
  std::string link_;
  MonoTime heard_at_{};  // the host, or looked whether it is gone
  Stats stats_;
  bool ends_ = false;

  std::thread thread_;
};

}  // namespace soarm::sim
