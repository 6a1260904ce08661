#pragma once

#include <array>
#include <cstdint>
#include <span>

#include <absl/status/status.h>

#include "common/base/problem.h"
#include "server/core/joint.h"
#include "server/core/register_fact.h"

namespace soarm {

// What the tick wants written to one joint.
struct JointGoal {
  bool write = false;  // false: leave the servo's goal register alone
  double value = 0;    // rad for POSITION joints, rad/s for VELOCITY joints
  // The joint has to come to rest. A speed that is not replaced is motion, so speed 0 is written
  // to a wheel in spite of misses, latched faults, doubts and status bits until it is read back,
  // and torque off with it when that takes long. What was not reached carries kStopUnconfirmed.
  bool must_rest = false;
};

// What lies between this computer and the wire, where it is slow; no delay where it is not.
struct AdapterState {
  Nanos delay{0};           // what it usually adds to a request and its answer
  bool lets_drive = false;  // quick enough all the same for torque to come on
};

// What one Exchange() achieved.
struct BusTick {
  bool lost = false;                 // the device is gone (hang-up, I/O error): close and reopen
  bool reopen = false;               // what was learned at opening no longer holds: open again
  bool paused = false;               // nothing was asked: a servo is writing its flash
  bool late = false;                 // no byte at all before the deadline: one event, not N misses
  JointMask answered = 0;            // joints whose sample is of this tick
  JointMask written = 0;             // joints whose goal went out in this tick
  std::uint32_t foreign_bytes = 0;   // bytes nobody asked for: another program on the wire
  std::uint32_t answers_missed = 0;  // slots that stayed empty, save in a late tick
  std::uint32_t answers_corrupt =
      0;  // answers that were damaged, of the tick's own read or another
  std::uint32_t answers_discarded = 0;  // late answers of earlier requests, recognised as such
  AdapterState adapter{};               // as known by now
};

// Work on servo registers that takes several transactions. One step is made per Exchange(), in
// what is left of the period, so the tick's rate never suffers.
enum class BusOperation : std::uint8_t {
  kNone,
  kEnableTorque,    // the torque-on contract: verify, prepare, then joint by joint, staggered
  kPrepareTorque,   // the same for joints found under torque, each for itself: energises nothing
  kReleaseTorque,   // torque off at once, then read back
  kSetTorqueLimit,  // a fraction of the servo's maximum, read back
  kClearFault,      // read what decides whether goals act anew and end latched faults of ours
  // Makes range and offset survive power-off. A servo that writes its flash is deaf for tens of
  // milliseconds, so every servo of the bus has to be limp, and ticks are paused (BusTick::paused)
  // for 150 ms a write, two or three a joint. Afterwards the bus wants to be opened again.
  kStoreCalibration,
};

// What a servo keeps of its joint's calibration.
struct StoredCalibration {
  std::int32_t lower_raw = 0;     // ticks, 0..4095: the range that it keeps goals in,
  std::int32_t upper_raw = 4095;  // above lower_raw
  std::int32_t offset_raw = 0;    // ticks, -2047..2047; the servo adds or takes it away
};

struct BusOperationRequest {
  BusOperation kind = BusOperation::kNone;
  JointMask joints = 0;
  double torque_fraction = 1.0;  // 0..1 of the servo's maximum; kEnableTorque, kSetTorqueLimit
  std::array<StoredCalibration, kMaxJoints> calibrations{};  // kStoreCalibration; by joint
};

// Why an operation was refused or failed. Each has a text and a fix in control/problems.cc.
enum class BusRefusal : std::uint8_t {
  kNone,
  kBusy,           // another operation runs
  kReadOnly,       // role LEADER or UNKNOWN
  kServoMissing,   // no answer
  kServoFault,     // a status bit is set, or its current is too high
  kSupplyOutside,  // found: the supply; wanted: the limit crossed
  kUncalibrated,
  kUnfitSetting,        // a stored setting with which it does not do what its goal says
  kSlowTransport,       // its adapter holds answers back for too long
  kCalibrationDiffers,  // the servo's range or offset is not what we opened with
  kOutsideRange,        // position outside the calibrated or the servo's own range
  kBadSetting,          // a register cannot hold the value wanted, or a range is empty
  kNotLimp,             // a joint is under torque that must not be
  kNearSeam,            // within kSeamMargin_ticks of the encoder's seam
  kReadBackDiffers,     // a register did not take the value written
  kMovedOnEnable,       // a joint moved more than the allowance while torque came on
  kVerifyFailed,        // torque-off could not be confirmed by reading it back
  kFaultStands,         // kClearFault: what a clear does not end; faults
  kBusLost,
};

struct BusOperationResult {
  enum class Phase : std::uint8_t { kIdle, kRunning, kDone, kFailed };
  Phase phase = Phase::kIdle;
  BusRefusal refusal = BusRefusal::kNone;
  JointMask done = 0;    // kPrepareTorque, kReleaseTorque: the joints for which it succeeded
  JointMask left = 0;    // kEnableTorque, kReleaseTorque: to be without torque, and not read so
  JointIndex joint = 0;  // the joint that refused, when it is about one
  RegisterFact fact{};   // the register that it is about, when it is about one
  FaultSet faults{};     // kServoFault: what the servo says
};

// The joints on one wire, as the control cycle sees them: a bus of servos of some family
// (server/servo), or a fake under test.
//
// Threads    the thread of the cycle only, one call at a time.
// Real time  Exchange(), Begin() and operation() neither allocate, lock, log nor throw. Open()
//            and Close() may.
// Units      radians at the joint's output side; raw values are servo ticks.
// Ownership  keeps no pointer to the caller's spans after returning.
class ActuatorBus {
 public:
  virtual ~ActuatorBus() = default;

  // Opens the device and reads every servo's registers. Writes nothing: torque stays as found,
  // because after a crash an arm may be holding a load. A servo that does not answer is opened
  // as quarantined and picked up when it does.
  //   kUnavailable         no device, or in use (the holder is named where it can be read)
  //   kFailedPrecondition  nothing answers at all, or the adapter cannot be used
  virtual absl::Status Open() = 0;

  // What the last successful Open() found to be wrong though the bus can be used, for people; each
  // becomes a fault of the bus in GetStatus. Constant until the next Open(). Slow side only.
  virtual std::span<const Problem> notes() const noexcept { return {}; }

  // The joints in servo-id order. Valid after a successful Open(), constant until the next.
  virtual std::span<const JointModel> joints() const noexcept = 0;

  // One tick: writes the goals (those that may be written, see JointSample::writable), reads all
  // states, makes one step of the running operation. Both spans have joints().size() entries; a
  // joint that stays silent keeps its old sample with misses + 1.
  // After `deadline` nothing is begun any more, but what was asked is waited for as long as it may
  // take (some ms beyond the wire time at worst): a tick that began late runs late, because what
  // it would give up on is worth more than its period.
  virtual BusTick Exchange(std::span<const JointGoal> goals, std::span<JointSample> samples,
                           MonoTime deadline) noexcept = 0;

  // Starts an operation at the next Exchange(). Answers kBusy while one runs, kReadOnly at once
  // for joints whose role forbids it (storing a calibration moves nothing and is allowed in any),
  // else kNone. Only kReleaseTorque does not wait: it takes
  // the place of any other operation, and releases what that one had energised too; but not of a
  // kStoreCalibration that has found all servos limp.
  virtual BusRefusal Begin(const BusOperationRequest& request) noexcept = 0;
  virtual const BusOperationResult& operation() const noexcept = 0;

  // Leaves torque and goals as they are.
  virtual void Close() noexcept = 0;
};

}  // namespace soarm
