#include "server/service/state/state_frame.h"

#include <algorithm>
#include <optional>

#include "server/service/edge/fingerprint.h"

namespace soarm {
namespace {

constexpr std::int64_t kNeverSampled = -1;

bool IsSampled(const JointSample& sample) { return sample.sampled_at != MonoTime{}; }

double OpeningOf(const JointModel& joint, std::int32_t position_raw) {
  const double range = joint.upper_raw - joint.lower_raw;
  if (range <= 0) return 0;
  return std::clamp((position_raw - joint.lower_raw) / range, 0.0, 1.0);
}

void FillMeasured(const JointModel& joint, const JointSample& sample, v1::JointState& out) {
  if (!IsSampled(sample)) return;
  out.set_position_raw(sample.position_raw);
  if (joint.kind == JointKind::kPosition) out.set_position_rad(sample.position_rad);
  if (joint.is_gripper) out.set_opening(OpeningOf(joint, sample.position_raw));
  out.set_velocity_rad_s(sample.velocity_rad_s);
  out.set_load(sample.load);
  out.set_current_a(sample.current_a);
  out.set_voltage_v(sample.voltage_v);
  out.set_temperature_c(sample.temperature_c);
  out.set_moving(sample.moving);
  out.set_torque_on(sample.torque_on);
}

void FillSample(const JointModel& joint, const JointSample& sample, bool open, MonoTime now,
                v1::JointState& out) {
  FillMeasured(joint, sample, out);
  if (sample.goal_written) out.set_applied_raw(sample.goal_raw);
  out.set_age_ns(IsSampled(sample) ? (now - sample.sampled_at).count() : kNeverSampled);
  out.set_stale(!open || sample.misses > 0 || !IsSampled(sample));
  for (int i = 0; i < kFaultCount; ++i) {
    const auto fault = static_cast<Fault>(i);
    if (sample.faults.Has(fault)) out.add_faults(std::string(FaultName(fault)));
  }
}

void FillTargets(const JointModel& joint, const JointState& state, v1::JointState& out) {
  if (joint.kind == JointKind::kVelocity) {
    out.set_requested_rad_s(state.requested);
    out.set_applied_rad_s(state.applied);
  } else {
    out.set_requested_rad(state.requested);
    out.set_applied_rad(state.applied);
  }
}

bool HasTargets(Mode mode) { return mode != Mode::kUnknown && mode != Mode::kLimp; }

void FillGroup(const GroupInfo& info, const BusState& bus, const BusDescription& description,
               MonoTime now, v1::GroupState& out) {
  out.set_name(info.name);
  out.set_tick(bus.tick);
  const GroupState group = info.group < bus.groups.size() ? bus.groups[info.group] : GroupState{};
  out.set_mode(ToProto(bus.open ? group.mode : Mode::kUnknown));
  out.set_mode_reason(std::string(HoldCauseName(group.cause)));
  if (group.cause == HoldCause::kFault && group.joint < description.joints.size()) {
    out.set_mode_joint(std::string(description.joints[group.joint].name.view()));
  }
  out.set_command_seq(group.command_sequence);
  // The oldest sample of this tick, or the newest there is when nothing answered in it.
  std::optional<MonoTime> oldest_fresh;
  MonoTime newest{};
  for (std::size_t i = 0; i < description.joints.size(); ++i) {
    if ((info.joints & MaskOf(i)) == 0) continue;
    const JointModel& joint = description.joints[i];
    const JointState state = i < bus.joints.size() ? bus.joints[i] : JointState{};
    v1::JointState& wire = *out.add_joints();
    wire.set_name(std::string(joint.name.view()));
    wire.set_servo_id(joint.servo_id);
    FillSample(joint, state.sample, bus.open, now, wire);
    if (bus.open && HasTargets(group.mode)) FillTargets(joint, state, wire);
    newest = std::max(newest, state.sample.sampled_at);
    if (wire.stale()) continue;
    oldest_fresh =
        std::min(oldest_fresh.value_or(state.sample.sampled_at), state.sample.sampled_at);
  }
  out.set_sampled_ns(ToNanos(oldest_fresh.value_or(newest)));
}

}  // namespace

v1::Mode ToProto(Mode mode) {
  switch (mode) {
    case Mode::kUnknown:
      return v1::UNKNOWN;
    case Mode::kLimp:
      return v1::LIMP;
    case Mode::kHold:
      return v1::HOLD;
    case Mode::kSoftHold:
      return v1::SOFT_HOLD;
    case Mode::kFollow:
      return v1::FOLLOW;
    case Mode::kMove:
      return v1::MOVE;
  }
  return v1::MODE_UNSPECIFIED;
}

std::string_view HoldCauseName(HoldCause cause) {
  switch (cause) {
    case HoldCause::kNone:
      return "";
    case HoldCause::kAdopted:
      return "ADOPTED";
    case HoldCause::kTorqueOn:
      return "TORQUE_ON";
    case HoldCause::kExpired:
      return "EXPIRED";
    case HoldCause::kLeaseLost:
      return "LEASE_LOST";
    case HoldCause::kReleased:
      return "RELEASED";
    case HoldCause::kStopped:
      return "STOPPED";
    case HoldCause::kFault:
      return "FAULT";
    case HoldCause::kPeer:
      return "PEER_UNABLE";
    case HoldCause::kMoveDone:
      return "MOVE_DONE";
    case HoldCause::kMoveCancelled:
      return "MOVE_CANCELLED";
    case HoldCause::kMoveBlocked:
      return "MOVE_BLOCKED";
  }
  return "";
}

std::uint64_t StateNumber(std::span<const BusState> states) {
  std::uint64_t number = 0;
  for (const BusState& state : states) number += state.tick;
  return number;
}

v1::StateFrame MakeStateFrame(const Robot& robot, std::span<const GroupInfo* const> groups,
                              const RobotView& view, std::uint64_t clock_id) {
  v1::StateFrame frame;
  frame.set_seq(StateNumber(view.states));
  frame.set_clock_id(clock_id);
  frame.set_wall_offset_ns(ReadWallOffset().count());
  if (!view.states.empty()) frame.set_tick(view.states.front().tick);
  const Fingerprints prints = FingerprintOf(robot.groups(), view.descriptions);
  frame.set_calibration_hash(prints.calibration);
  frame.set_schema_hash(prints.schema);
  for (const GroupInfo* group : groups) {
    v1::GroupState& wire = *frame.add_groups();
    FillGroup(*group, view.states[group->bus], view.descriptions[group->bus], view.now, wire);
    const bool first = frame.groups_size() == 1;
    frame.set_sampled_ns(first ? wire.sampled_ns()
                               : std::min(frame.sampled_ns(), wire.sampled_ns()));
  }
  return frame;
}

}  // namespace soarm
