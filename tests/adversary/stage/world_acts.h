#pragma once

#include "tests/adversary/play/action.h"
#include "tests/adversary/stage/recorder.h"

namespace soarm::adversary {

// What people and things at the bench do to the robot:
//
//   block joint= at=RAD | ahead=RAD    an object at that angle; `ahead` of where the joint is now
//   unblock joint=, load joint= value=NM, heat joint= value=CELSIUS, supply bus= value=V
//   hand joint= at=RAD over=           by hand; joints under torque refuse
//   let-go joint=
//   mute joint= on=yes|no, delay joint= by=, drop joint= count=, truncate joint= count=
//   corrupt joint= count= | rate=      damaged answers;  corrupt-requests bus= rate= | count=
//   status-bits joint= value=, echo bus= on=yes|no, batch bus= by=
//   unplug bus=, replug bus=, brown-out bus=, power-cycle joint=, detach joint=, attach joint=
//   write joint= address= data=1,2     another program writes registers; lost on a servo that
//                                      has no supply or is just starting
//   swap joint= value=TICKS            another servo is put in: its magnet stands elsewhere
//   heal bus=                          everything spoiled on purpose works again
//
// `joint` names a joint of the scene as GROUP/NAME, or "all" with `bus`.
//
// Threads  one.
class WorldActs {
 public:
  WorldActs(const SceneFacts& scene, Bench& bench, Recorder& recorder)
      : scene_(scene), bench_(bench), recorder_(recorder) {}

  // False for a verb that is not known. What the world refuses is not told: it did not happen.
  bool Perform(const Action& action);

 private:
  struct Target {
    std::size_t bus = 0;
    std::size_t joint = 0;
    int servo = 0;
    bool all = false;
  };
  std::optional<Target> TargetOf(const Action& action) const;
  bool PerformOn(const Target& target, const Action& action);
  // What it is called in the record; empty for a verb that is not known.
  absl::Status Do(const Action& action, const Target& target, WorldDid& told);
  absl::Status DoToWire(const Action& action, const Target& target, WorldDid& told);
  absl::Status DoToPlugs(const Action& action, const Target& target, WorldDid& told);
  absl::Status DoToServo(const Action& action, const Target& target, WorldDid& told);

  const SceneFacts& scene_;
  Bench& bench_;
  Recorder& recorder_;
};

}  // namespace soarm::adversary
