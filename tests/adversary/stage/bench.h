#pragma once

#include <memory>
#include <vector>

#include "server/sim/bus_model.h"
#include "server/sim/sim_controls.h"
#include "tests/adversary/stage/process_clock.h"
#include "tests/adversary/stage/setting.h"
#include "tests/adversary/stage/timeline.h"
#include "tests/adversary/stage/wire_ear.h"
#include "tests/fakes/simulated_port.h"

namespace soarm::adversary {

// The world: buses with their servos, what joints feel, cables. It is there before the daemon, and
// stays when that dies. It tells the audience of its own accord what is true every millisecond, and
// what the wires carried, in the order of time.
//
// Threads  one.
class Bench {
 public:
  Bench(const Setting& setting, const SceneFacts& scene, Timeline& timeline, Audience& audience);

  // For a daemon that starts: the cable's end at `bus`, on a clock that is slept on.
  std::unique_ptr<fakes::SimulatedPort> MakePort(std::size_t bus, ProcessClock& clock);
  // Of the daemon that holds them; null once it is gone.
  void ForgetPorts();
  // What the daemon writes from now on is lost; the world does not notice.
  void CutOff(std::size_t bus) { places_[bus].port->Unplug(); }
  void SetModelAhead(Nanos ahead);

  void Unplug(std::size_t bus);
  void Replug(std::size_t bus);
  // Damage to what the daemon writes, as SimulatedPort has it; it outlives the daemon.
  void SpoilRequests(std::size_t bus, double byte_error_rate, int count);
  bool plugged(std::size_t bus) const { return places_[bus].plugged; }

  // Brings one bus, or all, up to the timeline and tells what was heard on the wire until now.
  void CatchUp();
  sim::SimControls Controls(std::size_t bus) { return sim::SimControls(*places_[bus].model); }
  // Whether the servo of a joint of the scene is plugged in at all, and whether it would take what
  // somebody writes to it now: not without supply, nor while it starts up.
  bool IsAttached(std::size_t joint) const { return PlaceOf(joint).attached; }
  bool Hears(std::size_t joint) const;
  // Angle of a joint of the scene, in the daemon's convention.
  double AngleOf(std::size_t joint) const;
  // How far the daemon's angles of it are above the world's own.
  double ZeroShift(std::size_t joint) const { return shafts_[joint].zero_shift_rad; }
  const std::vector<BusSetting>& buses() const { return settings_; }

  // The next millisecond of truth, and all later ones.
  void Live();

 private:
  struct Place {
    std::unique_ptr<sim::BusModel> model;
    WireEar ear;
    MonoTime heard_until{};
    fakes::SimulatedPort* port = nullptr;
    bool plugged = true;
    double request_error_rate = 0;
  };
  // A joint of the scene and the servo that drives its shaft.
  struct Shaft {
    std::size_t bus = 0;
    std::size_t servo = 0;      // in the model's list
    double zero_shift_rad = 0;  // from the world's zero to the daemon's
  };
  const sim::BusServo& PlaceOf(std::size_t joint) const {
    return places_[shafts_[joint].bus].model->servos()[shafts_[joint].servo];
  }
  void Millisecond();
  void FillTruth();

  const std::vector<BusSetting> settings_;
  Timeline& timeline_;
  Audience& audience_;
  std::vector<Place> places_;
  std::vector<Shaft> shafts_;
  std::vector<Event> heard_;
  TruthFrame truth_;
  Time next_truth_ = 0;
};

}  // namespace soarm::adversary
