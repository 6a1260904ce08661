#pragma once

#include <array>
#include <functional>
#include <optional>
#include <vector>

#include "server/core/actuator_bus.h"
#include "server/core/robot_model.h"

namespace soarm {

// Joints that follow their goals with a first-order lag, on a wire that fails as told.
//
// Every write is kept, so that tests judge by what reached the wire. Sag: under torque a joint
// rests `sag_rad` below its goal; limp it stays where it is.
//
// Threads    one, the test's or the cycle's.
// Real time  Exchange() allocates only while `record` is on and its reserve is used up.
class FakeBus final : public ActuatorBus {
 public:
  struct Place {
    double position_rad = 0;
    double velocity_rad_s = 0;
  };
  struct Joint {
    double position_rad = 0;
    double velocity_rad_s = 0;
    double goal = 0;
    bool torque = false;
    double sag_rad = 0;
    double block_at_rad = 1e9;  // cannot go above
    double overload_drive_rad = 1000;
    double full_drive_rad = 1000;
    bool silent = false;
    std::optional<Place> opening_read;  // where an opening read it: known while it is silent
    bool barred = false;  // goals are not written to it, save a wheel's that must rest
    bool refuse_enable = false;
    bool tripped = false;               // cut itself off: goals do not bring torque back
    double torque_fraction = 0;         // last set
    std::uint32_t faults = 0;           // until cleared
    std::uint32_t standing_faults = 0;  // whatever is cleared
    int writes = 0;
    double fastest_rad_s = 0;  // between two written goals
    double last_written = 0;
  };
  struct Write {
    MonoTime at{};
    JointIndex joint = 0;
    double value = 0;
  };

  FakeBus(const RobotModel& model, const Clock& clock);

  absl::Status Open() override;
  std::span<const JointModel> joints() const noexcept override {
    return {models_.begin(), models_.size()};
  }
  std::span<const Problem> notes() const noexcept override { return found; }
  BusTick Exchange(std::span<const JointGoal> goals, std::span<JointSample> samples,
                   MonoTime deadline) noexcept override;
  BusRefusal Begin(const BusOperationRequest& request) noexcept override;
  const BusOperationResult& operation() const noexcept override { return result_; }
  void Close() noexcept override { open_ = false; }

  Joint& joint(std::size_t i) { return joints_[i]; }
  JointModel& model(std::size_t i) { return models_[i]; }
  void SetTorque(bool on);  // of all joints, with their goals where they are

  // Script
  bool present = true;                                  // false: Open() fails, an open bus is lost
  bool late = false;                                    // no byte at all
  AdapterState adapter;                                 // what every tick says of it
  bool reopen = false;                                  // asks to be opened anew
  bool unconfirmed = false;                             // releases fail with kVerifyFailed
  int operation_ticks = 3;                              // how long operations take; afterwards, ...
  std::function<bool()> may_end = [] { return true; };  // ... until this says so
  std::vector<Problem> found;                           // at opening
  double lag_s = 0.03;                                  // of the first-order follow-up

  // Seen
  std::vector<Write> writes;
  bool record = false;
  std::vector<BusOperationRequest> begun;
  int opens = 0;
  int written_while_limp = 0;  // goals for joints without torque: must stay 0

 private:
  void StepOperation() noexcept;
  void Tell(std::size_t i, const Place& place, JointSample& sample) const noexcept;

  PerJoint<JointModel> models_;
  std::array<Joint, kMaxJoints> joints_;
  std::array<JointSample, kMaxJoints> last_;
  const Clock& clock_;
  bool open_ = false;
  MonoTime stepped_at_{};
  BusOperationRequest request_;
  BusOperationResult result_;
  int ticks_left_ = 0;
};

}  // namespace soarm
