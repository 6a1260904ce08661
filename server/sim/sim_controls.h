#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "server/sim/bus_model.h"

namespace soarm::sim {

// What is true of one servo, whatever it answers.
struct ServoTruth {
  int id = 0;
  std::string name;  // of the joint; empty: a loose servo
  bool attached = true;
  bool powered = true;
  double angle_rad = 0;     // of the joint, zero as in the robot's model
  double position_raw = 0;  // the same as the position register would tell it, unrounded, unwrapped
  double speed_rad_s = 0;
  double torque_nm = 0;  // of the motor, before friction
  double current_a = 0;
  double temperature_c = 0;
  bool torque_enabled = false;
  int goal_raw = 0;          // register 42 as last written, sign decoded
  int speed_raw = 0;         // register 46 likewise
  int torque_limit_raw = 0;  // register 48
  int mode = 0;              // register 33
  std::uint8_t status_bits = 0;
};

struct BusTruth {
  MonoTime at{};
  double bus_v = 0;
  std::vector<ServoTruth> servos;
};

// A servo to plug in.
struct AttachRequest {
  int id = 1;
  int baud = 1000000;
  int model = 777;
  std::string profile;  // "12v" or "7.4v", with "-3.10" or "-3.9"; empty: 12v-3.10
};

// All that a person at the bench, or a test, can do to a simulated robot and its bus. A servo is
// named by its present id, or by the one it was put on the bus with when no other has that now; one
// that is plugged in comes before one that is not.
//
//   kNotFound            no servo of that id
//   kInvalidArgument     a value that makes no sense
//   kFailedPrecondition  not in the present state
//
// Threads    as the model's: BusSimulation::Do() holds the lock.
class SimControls {
 public:
  // Where calls accept it: every servo on the bus.
  static constexpr int kAllServos = 254;

  explicit SimControls(BusModel& model) : model_(model) {}

  BusTruth Truth() const;
  // The same into what an earlier call filled: no heap, for who asks every millisecond.
  void ReadTruth(BusTruth& into) const;
  BusModel& model() noexcept { return model_; }

  // --- joints
  // By hand; refused while the joint holds torque.
  absl::Status SetJoint(int servo, double position_rad, Nanos over = Nanos{0});
  absl::Status SetJointRaw(int servo, int position_raw, Nanos over = Nanos{0});
  // Lets a joint go that a hand, or the table, holds.
  absl::Status ReleaseJoint(int servo);
  // An object at that angle; nothing takes it away.
  absl::Status Block(int servo, std::optional<double> at_rad);
  absl::Status SetLoad(int servo, double torque_nm);
  absl::Status SetTemperature(int servo, double celsius);

  // --- supply
  absl::Status SetSupply(double volts);
  // The supply falls away for a moment: every servo starts anew.
  void BrownOut();
  absl::Status PowerCycle(int servo);

  // --- answers
  absl::Status Mute(int servo, bool on);
  absl::Status DropReply(int servo, int count);
  absl::Status Corrupt(int servo, int count);
  absl::Status CorruptBytes(int servo, double byte_error_rate);
  absl::Status LoseBytes(int servo, double byte_loss_rate);
  absl::Status Truncate(int servo, int count);
  absl::Status Delay(int servo, Nanos by);
  absl::Status SetStatusBits(int servo, int bits);
  void Echo(bool on) { model_.SetEcho(on); }
  absl::Status Batch(Nanos by);

  // --- requests, on their way to one servo as noise at its plug. With kAllServos on the line: all
  // hear the same wrong byte, and what was set for single servos ends. A servo that loses, or is
  // told wrongly, every byte is deaf.
  // One byte of each of the next `count` requests to the servo or to all.
  absl::Status CorruptRequests(int servo, int count);
  absl::Status CorruptRequestBytes(int servo, double byte_error_rate);
  absl::Status LoseRequestBytes(int servo, double byte_loss_rate);

  // --- plugs
  // A servo that was detached comes back as it was left, powered up; a new one has a shaft of
  // its own.
  absl::Status AttachServo(const AttachRequest& request);
  absl::Status DetachServo(int servo);
  // From now on `servo` answers as `id` too, beside the servo that has it.
  absl::Status DuplicateId(int servo, int id);

  // --- registers, past the bus
  absl::StatusOr<std::vector<std::uint8_t>> ReadRegisters(int servo, int address, int count) const;
  absl::Status WriteRegisters(int servo, int address, std::span<const std::uint8_t> data);

  ByteLog::Extract ReadByteLog(MonoTime since) const { return model_.log().Since(since); }

  // Ends Mute to Batch, status bits, blocks, loads and duplicate ids.
  void ClearInjections();

 private:
  BusServo* Find(int servo) const;
  absl::StatusOr<BusServo*> Require(int servo) const;
  // Calls `work` for one servo or, with kAllServos, for every.
  template <typename Work>
  absl::Status ForEach(int servo, Work work);
  template <typename Value>
  absl::Status SpoilRequests(int servo, void (RequestFaults::*set)(Value), Value value);

  BusModel& model_;
};

}  // namespace soarm::sim
