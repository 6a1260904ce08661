#pragma once

#include <array>
#include <optional>
#include <span>

#include "server/control/group_control.h"
#include "server/control/operation_queue.h"
#include "server/core/actuator_bus.h"

namespace soarm::control {

// Turns requests of the slow side and wishes of the groups into operations of the bus, one at a
// time, in this order: torque off for a stop RELEASE, which nothing delays, what is under way,
// torque limits of SOFT_HOLD, then requests as they came. Requests that need no bus (moves) are
// answered in the tick that finds them.
//
// Joints with different torque limits are enabled one limit at a time; when a later part is
// refused, what the same request energised before is released again.
//
// Threads    the cycle's.
// Real time  yes.
class BusOperations {
 public:
  explicit BusOperations(OperationQueue& queue) : queue_(queue) {}

  // After every opening of the bus.
  void Configure(std::span<const JointLimits> limits) noexcept;
  // The bus is not there: what runs or waits is answered so.
  void RefuseAll(Outcome outcome) noexcept;

  // Before an exchange: begins what can be begun.
  void Before(ActuatorBus& bus, std::span<GroupControl> groups, MonoTime now) noexcept;
  // After an exchange: takes up what ended.
  void After(ActuatorBus& bus, std::span<GroupControl> groups, std::span<const JointSample> samples,
             MonoTime now) noexcept;

  // Joints whose torque an operation is just switching: nobody else writes their goals.
  JointMask switching() const noexcept;
  // Torque off on every writable group, for the orderly end; joins the order like a stop.
  void ReleaseAll() noexcept { release_all_ = true; }
  bool release_ended() const noexcept { return release_ended_; }
  // After release_ended(): torque was read back off.
  bool release_confirmed() const noexcept { return release_confirmed_; }

 private:
  enum class Job : std::uint8_t { kNone, kStopRelease, kTorqueLimit, kRequest, kUndo };
  struct PerGroup {
    bool released = false;        // the standing stop RELEASE was carried out and confirmed
    MonoTime retry_at{};          // after a release that was not confirmed
    double fraction = 1.0;        // of the normal torque limits, as last asked of the bus
    JointMask limit_waiting = 0;  // joints that are still to get it
  };

  void TakeRequests(std::span<GroupControl> groups, MonoTime now) noexcept;
  // Answers what needs no bus, or what the group forbids; true when it did.
  bool AnswerAtOnce(std::size_t slot, std::span<GroupControl> groups, MonoTime now) noexcept;
  bool BeginRelease(ActuatorBus& bus, std::span<GroupControl> groups, MonoTime now) noexcept;
  bool BeginTorqueLimit(ActuatorBus& bus, std::span<GroupControl> groups) noexcept;
  void BeginRequest(ActuatorBus& bus, std::span<GroupControl> groups, MonoTime now) noexcept;
  void EndRequest(ActuatorBus& bus, GroupControl& group, std::span<const JointSample> samples,
                  MonoTime now) noexcept;
  void EndRelease(std::span<GroupControl> groups, bool confirmed, MonoTime now) noexcept;
  void Answer(const Reply& reply) noexcept;
  JointMask PartOf(JointMask joints) const noexcept;
  double LimitOf(JointMask part) const noexcept;

  OperationQueue& queue_;
  std::array<JointLimits, kMaxJoints> limits_{};
  std::array<PerGroup, kMaxGroups> per_group_{};
  bool release_all_ = false;
  bool release_ended_ = false;
  bool release_confirmed_ = false;
  std::uint64_t moves_ = 0;  // counts moves, for their ids

  Job job_ = Job::kNone;  // what the bus works on
  JointMask job_joints_ = 0;
  std::size_t job_group_ = 0;

  InlineVector<std::size_t, 16> line_;  // slots that wait for the bus, oldest first
  std::optional<std::size_t> slot_;     // the request that the bus works for
  JointMask waiting_ = 0;               // its joints whose part has not begun
  JointMask energised_ = 0;             // its joints that came under torque
  Reply failed_;                        // what to answer once the undo is through
};

}  // namespace soarm::control
