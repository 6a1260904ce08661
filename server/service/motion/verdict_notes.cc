#include "server/service/motion/verdict_notes.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "server/service/edge/durations.h"
#include "server/service/edge/errors.h"
#include "server/service/motion/verdict_queue.h"

namespace soarm {
namespace {

absl::Status Precondition(std::string_view reason, std::string_view subject,
                          std::string_view message, std::string_view fix) {
  return Refuse(absl::StatusCode::kFailedPrecondition, reason, subject, message, fix);
}

absl::Status WhyHeld(HoldCause cause, Mode mode, std::string_view group) {
  switch (cause) {
    case HoldCause::kStopped:
      return Precondition(
          "STOPPED", group,
          "A stop is asserted, or was, or the bus was opened anew, since this stream "
          "began.",
          "Find out why, run `soarm clear` if one stands, and open a new stream.");
    case HoldCause::kFault:
      return Precondition("FAULT", group, "A joint of the group is silent or faulty.",
                          "Run `soarm status`, which names the joint and what to do.");
    case HoldCause::kLeaseLost:
      return Precondition("LEASE_LOST", group, "The lease was lost.", "Acquire a lease again.");
    case HoldCause::kReleased:
      return Precondition("LEASE_LOST", group, "The lease was given back.",
                          "Acquire a lease again.");
    case HoldCause::kPeer:
      return Precondition("PEER_UNABLE", group, "Another group of the same lease cannot move.",
                          "Run `soarm status`, which names it and what to do.");
    case HoldCause::kAdopted:
      return Precondition("UNPREPARED", group, "The group was found under torque and is not ready.",
                          "Run `soarm torque on`: it says what is wrong, if anything is.");
    case HoldCause::kNone:
    case HoldCause::kTorqueOn:
    case HoldCause::kExpired:
    case HoldCause::kMoveDone:
    case HoldCause::kMoveCancelled:
    case HoldCause::kMoveBlocked:
      break;
  }
  if (mode == Mode::kLimp) {
    return Precondition("TORQUE_OFF", group, "The group's torque is off.", "Enable torque first.");
  }
  if (mode == Mode::kUnknown) {
    return Precondition("BUS_CLOSED", group, "The group's bus is not open.",
                        "Run `soarm status`, which says why.");
  }
  return Precondition("HELD", group, "The group does not follow commands now.",
                      "Run `soarm status`.");
}

absl::Status WhyExpired(std::string_view group, bool beat_echoed) {
  return Refuse(absl::StatusCode::kDeadlineExceeded, "COMMAND_EXPIRED", group,
                "The command was too old when its tick came.",
                beat_echoed ? "Ask for a longer ttl or use a faster connection."
                            : "Echo the newest Beat.number in every frame.");
}

absl::Status WhyWithoutLease(LeaseStanding standing, std::string_view group) {
  switch (standing) {
    case LeaseStanding::kHolds:
    case LeaseStanding::kEnded:
      break;
    case LeaseStanding::kWrongToken:
      return Refuse(absl::StatusCode::kPermissionDenied, "LEASE_UNKNOWN", group,
                    "The token is not the one that the lease was granted with.",
                    "Send the lease exactly as AcquireLease returned it.");
    case LeaseStanding::kNotGranted:
      return Precondition("LEASE_MISSING", group, "The lease does not let its holder drive this.",
                          "Acquire a lease on the group, of class AUTONOMY or higher.");
  }
  return Precondition("LEASE_LOST", group, "The command's lease is not the current one.",
                      "Acquire a lease again.");
}

absl::Status Why(const VerdictRecord& record, Mode mode, std::string_view group, bool beat_echoed) {
  if (record.lease != LeaseStanding::kHolds) return WhyWithoutLease(record.lease, group);
  switch (record.kind) {
    case VerdictKind::kApplied:
    case VerdictKind::kClipped:
    case VerdictKind::kSuperseded:
      return absl::OkStatus();
    case VerdictKind::kExpired:
      return WhyExpired(group, beat_echoed);
    case VerdictKind::kTooFarAhead:
      return Refuse(absl::StatusCode::kOutOfRange, "TOO_FAR_AHEAD", group,
                    "The command's end lies too far ahead.", "Send shorter commands.");
    case VerdictKind::kFenced:
      return WhyWithoutLease(LeaseStanding::kEnded, group);
    case VerdictKind::kRejected:
      return Precondition("NOT_EXECUTABLE", group, "The command cannot be executed.",
                          "Check its joints and values.");
    case VerdictKind::kHeld:
      return WhyHeld(record.cause, mode, group);
  }
  return absl::OkStatus();
}

template <typename Clips>
void AddClips(const Clips& clips, const BusDescription& description, v1::Verdict& verdict) {
  for (const ClippedJoint& clip : clips) {
    if (clip.joint >= description.joints.size()) continue;
    v1::JointClip& wire = *verdict.add_clips();
    wire.set_joint(std::string(description.joints[clip.joint].name.view()));
    wire.set_requested(clip.requested);
    wire.set_applied(clip.applied);
    wire.set_limit(std::string(ClipKindName(clip.kind)));
  }
}

}  // namespace

void VerdictNotes::Add(CommandNote note) {
  if (notes_.size() == kMostNotes) notes_.pop_front();
  notes_.push_back(note);
}

v1::Verdict VerdictNotes::Complete(const VerdictRecord& record) {
  // Verdicts need not come in the order of the commands, so each takes its own notes only.
  const auto first =
      std::ranges::lower_bound(notes_, record.first_sequence, {}, &CommandNote::sequence);
  const auto end =
      std::ranges::upper_bound(notes_, record.last_sequence, {}, &CommandNote::sequence);
  std::optional<CommandNote> note;
  if (first != end) note = *std::prev(end);
  notes_.erase(first, end);
  v1::Verdict verdict;
  verdict.set_first_seq(record.first_sequence);
  verdict.set_last_seq(record.last_sequence);
  verdict.set_kind(ToProto(record.kind));
  verdict.set_tick(record.tick);
  verdict.set_decided_ns(ToNanos(record.decided_at));
  Mode mode = Mode::kHold;
  std::string_view group;
  if (note) {
    const GroupInfo& info = *note->group;
    const BusState state = robot_.State(info.bus);
    group = info.name;
    if (info.group < state.groups.size()) mode = state.groups[info.group].mode;
    const BusDescription description = robot_.Description(info.bus);
    AddClips(record.clips, description, verdict);
    if (note->granted_ttl) *verdict.mutable_granted_ttl() = ToProto(*note->granted_ttl);
    const bool acted = record.kind == VerdictKind::kApplied || record.kind == VerdictKind::kClipped;
    if (acted && !note->clips.empty()) {
      verdict.set_kind(v1::CLIPPED);
      AddClips(note->clips, description, verdict);
    }
  }
  const absl::Status why = Why(record, mode, group, note && note->beat_echoed);
  if (!why.ok()) *verdict.mutable_error() = ToErrorDetail(why);
  return verdict;
}

v1::Verdict EarlyVerdict(std::uint64_t sequence, v1::VerdictKind kind, MonoTime now,
                         const absl::Status& why) {
  v1::Verdict verdict;
  verdict.set_first_seq(sequence);
  verdict.set_last_seq(sequence);
  verdict.set_kind(kind);
  verdict.set_decided_ns(ToNanos(now));
  *verdict.mutable_error() = ToErrorDetail(why);
  return verdict;
}

}  // namespace soarm
