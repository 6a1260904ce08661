#pragma once

#include <array>
#include <optional>
#include <span>

#include "server/control/group_control.h"
#include "server/control/operation_queue.h"
#include "server/core/actuator_bus.h"

namespace soarm::control {

// Turns requests of the slow side and wishes of the groups into operations of the bus, one at a
// time, in this order: torque off for a stop RELEASE, which nothing delays, what is under way, the
// preparation of joints found under torque, torque limits of SOFT_HOLD, then requests as they came.
// Requests that need no bus (moves) are answered in the tick that finds them.
//
// Torque comes on for a caller who is still there and still has the lease, for all joints or none:
// those with different torque limits are enabled one limit at a time, and when a later part is
// refused, the caller goes away or the lease ends, what the same request energised is released
// again. A release that could not be confirmed is repeated for the joints that it did not reach,
// until it is; only the first try of a stop interrupts what else is under way.
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
  void Before(ActuatorBus& bus, std::span<GroupControl> groups,
              std::span<const JointSample> samples, MonoTime now) noexcept;
  // After an exchange: takes up what ended.
  void After(ActuatorBus& bus, std::span<GroupControl> groups, std::span<const JointSample> samples,
             MonoTime now) noexcept;

  // No tick ran for a while: whether a caller is still there is heard of late.
  void StoodStill(MonoTime now) noexcept { calm_at_ = now + kNewsComes; }

  // Joints whose torque an operation is just switching on: nobody else writes their goals.
  JointMask enabling() const noexcept;
  // Joints whose torque is going off, or should be and is not known to be.
  JointMask releasing(std::span<const GroupControl> groups) const noexcept;
  // Torque off on every writable group, for the orderly end; joins the order like a stop.
  void ReleaseAll() noexcept { release_all_ = true; }
  // The orderly end has begun: an enable that runs is undone, none is begun.
  void End() noexcept { ends_ = true; }
  bool release_ended() const noexcept { return release_ended_; }
  // After release_ended(): torque was read back off.
  bool release_confirmed() const noexcept { return release_confirmed_; }

 private:
  // So long after a freeze the calls that ended in it are known to have ended: gRPC's threads wake
  // up at the same time as the tick.
  static constexpr Nanos kNewsComes = std::chrono::milliseconds(150);
  static constexpr Nanos kReleaseRetry = std::chrono::milliseconds(100);

  enum class Job : std::uint8_t { kNone, kRelease, kPrepare, kTorqueLimit, kRequest, kUndo };
  struct PerGroup {
    bool release_tried = false;  // for the stop that stands, and ...
    std::uint64_t releases = 0;  // ... asserted so far when it began
    JointMask release_due = 0;   // joints whose release was not confirmed
    MonoTime retry_at{};         // ... and is tried again then
    MonoTime prepare_at{};       // not before; after a preparation that was refused, else the epoch
    JointMask refused = 0;       // by a preparation, while others wait for theirs
    MonoTime limit_at{};         // torque limits: not before; after some failed, else the epoch
  };

  void TakeRequests(std::span<GroupControl> groups, MonoTime now) noexcept;
  // Answers what needs no bus, or what the group forbids; true when it did.
  bool AnswerAtOnce(std::size_t slot, std::span<GroupControl> groups, MonoTime now) noexcept;
  // Gives up an enable that runs for nobody any more.
  void WatchCaller(ActuatorBus& bus, std::span<GroupControl> groups, MonoTime now) noexcept;
  bool BeginRelease(ActuatorBus& bus, std::span<GroupControl> groups,
                    std::span<const JointSample> samples, MonoTime now) noexcept;
  // What is tried again for ever lets callers go first, ...
  bool IsAsked() const noexcept { return slot_ || !line_.empty(); }
  // ... and what runs of it makes room for a release.
  bool GivesWay() const noexcept;
  bool BeginPreparation(ActuatorBus& bus, std::span<GroupControl> groups, MonoTime now) noexcept;
  bool BeginTorqueLimit(ActuatorBus& bus, std::span<GroupControl> groups, MonoTime now) noexcept;
  void BeginRequest(ActuatorBus& bus, std::span<GroupControl> groups,
                    std::span<const JointSample> samples, MonoTime now) noexcept;
  void EndRequest(ActuatorBus& bus, GroupControl& group, std::span<const JointSample> samples,
                  MonoTime now) noexcept;
  // What a release is due for in this group, and whether that is the first try.
  struct Due {
    JointMask joints = 0;
    bool first = false;
  };
  Due DueRelease(const GroupControl& group, PerGroup& own, std::span<const JointSample> samples,
                 MonoTime now) const noexcept;
  void EndRelease(std::span<GroupControl> groups, const BusOperationResult& result,
                  MonoTime now) noexcept;
  void EndPreparation(GroupControl& group, const BusOperationResult& result, MonoTime now) noexcept;
  // Joints that are held or driven with another torque limit than their group's mode wants.
  JointMask LimitDue(const GroupControl& group) const noexcept;
  void EndTorqueLimit(bool done, MonoTime now) noexcept;
  // Joints that got their own torque limit with what was just done.
  void HaveFullTorque(JointMask joints) noexcept;
  // Joints that something may have given it that came to nothing.
  void DoubtLimits(JointMask joints) noexcept;
  // Releases what the running enable energised, then answers `why`.
  void Undo(ActuatorBus& bus, const Reply& why) noexcept;
  JointMask HeardLimp(const GroupControl& group,
                      std::span<const JointSample> samples) const noexcept;
  void Answer(const Reply& reply) noexcept;
  void Answer(Outcome outcome) noexcept;
  JointMask PartOf(JointMask joints) const noexcept;
  double LimitOf(JointMask part) const noexcept;

  OperationQueue& queue_;
  std::array<JointLimits, kMaxJoints> limits_{};
  std::array<PerGroup, kMaxGroups> per_group_{};
  bool release_all_ = false;
  bool release_ended_ = false;
  bool release_confirmed_ = false;

  Job job_ = Job::kNone;  // what the bus works on
  JointMask job_joints_ = 0;
  bool repeated_ = false;  // the last release or request was a release that did not arrive before
  std::size_t job_group_ = 0;

  InlineVector<std::size_t, 16> line_;  // slots that wait for the bus, oldest first
  std::optional<std::size_t> slot_;     // the request that the bus works for
  JointMask waiting_ = 0;               // its joints whose part has not begun
  JointMask energised_ = 0;             // its joints that came under torque
  JointMask limp_before_ = 0;           // its joints that had none, as they said then or later
  JointMask soft_ = 0;          // joints that were last given the torque limit of a soft hold
  JointMask limit_failed_ = 0;  // ... or their own, and did not confirm it
  JointMask leftovers_ = 0;     // energised, or not confirmed limp, when their bus was lost
  MonoTime calm_at_{};          // no enable is through before
  bool ends_ = false;
  Reply failed_;  // what to answer once the undo is through
};

}  // namespace soarm::control
